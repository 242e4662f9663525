#include "sim/context.hpp"

#include <array>

namespace blotter::sim {

std::string_view name(promise which) {
  constexpr std::array<std::string_view, 12> names{"convergence", "monotonic", "deletes",      "isolation",
                                                   "resume",      "freshness", "proof",        "bounded",
                                                   "recovery",    "protocol",  "authenticity", "membership"};
  return names[static_cast<std::size_t>(which)];
}

double context::ms() const {
  return std::chrono::duration<double, std::milli>(time.now().time_since_epoch()).count() - 3'600'000.0;
}

void context::line(const std::string& text) {
  const auto us =
      std::chrono::duration_cast<microseconds>(time.now().time_since_epoch()).count() - 3'600'000'000;
  std::string stamp = std::to_string(us % 1000);
  stamp.insert(0, 3 - stamp.size(), '0');
  stamp = std::to_string(us / 1000) + "." + stamp;
  if (stamp.size() < 10) stamp.insert(0, 10 - stamp.size(), ' ');
  trace->append(stamp).append("  ").append(text).push_back('\n');
}

}  // namespace blotter::sim
