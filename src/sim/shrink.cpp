#include "sim/shrink.hpp"

#include <array>

namespace blotter::sim {

plan shrink(plan failing, sabotage spoil, promise broken) {
  const auto still_fails = [&](const plan& tried) {
    const outcome one = live(tried, spoil);
    return one.failure && one.failure->which == broken;
  };
  constexpr std::array sizes{&plan::nodes,           &plan::routers,    &plan::viewers,
                             &plan::clients,         &plan::keys,       &plan::records,
                             &plan::loaded,          &plan::partitions, &plan::value_bytes,
                             &plan::deletes_percent, &plan::odd_keys,   &plan::malformed_percent,
                             &plan::cut_percent,     &plan::jitter_us,  &plan::clock_ppm,
                             &plan::run_ms,          &plan::questions};
  const auto least = [](std::uint32_t plan::*field) -> std::uint32_t {
    return field == &plan::loaded || field == &plan::deletes_percent || field == &plan::odd_keys ||
                   field == &plan::malformed_percent || field == &plan::cut_percent ||
                   field == &plan::jitter_us || field == &plan::clock_ppm || field == &plan::questions
               ? 0
               : 1;
  };
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::uint32_t i = 0; i < std::min(failing.faults, 64u); ++i) {
      plan tried = failing;
      tried.faults_kept &= ~(std::uint64_t{1} << i);
      if (tried.faults_kept == failing.faults_kept || !still_fails(tried)) continue;
      failing = tried;
      smaller = true;
    }
    for (const auto field : sizes) {
      for (const std::uint32_t next : {least(field), failing.*field / 2, failing.*field - 1}) {
        plan tried = failing;
        tried.*field = next;
        if (next >= failing.*field || next < least(field) || !still_fails(tried)) continue;
        failing = tried;
        smaller = true;
        break;
      }
    }
  }
  return failing;
}

}  // namespace blotter::sim
