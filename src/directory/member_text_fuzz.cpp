#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/fuzz_corpus.hpp"
#include "directory/lease_view.hpp"

// Any bytes as a member's record: it is refused, or is a member within its bounds that reads back the same.
// And as what a listener hears: whatever comes, the view goes on.

namespace blotter::directory {
namespace {

/// Records as members of each role write them.
std::vector<std::string> seeds() {
  const lease bare{.who = {.id = member_id::parse("r-1").value(), .roles = {role::node, role::gateway}}};
  lease full{.who = {.id = bare.who.id,
                     .roles = {role::router},
                     .address = "10.0.0.1:8080",
                     .started = wall_time(milliseconds(1'763'800'000'000)),
                     .stage = stage::serving,
                     .load = {.number = 7,
                              .busy = 0.25,
                              .viewers = 3,
                              .rows_per_second = 1234.5,
                              .flush_delay = milliseconds(2),
                              .memory = 1'000'000},
                     .link_address = "[::1]:9000,10.0.0.1:9001",
                     .feed = {.generation = 0x00ABCDEF01234567,
                              .partitions = 64,
                              .held = {0, 1, 2, 17, 63},
                              .caught_up = {0, 1, 2},
                              .room = intake::full},
                     .topic = "orders"},
             .incarnation = 4'194'305,
             .renewal = 9};
  return {to_json(bare), to_json(full)};
}

}  // namespace
}  // namespace blotter::directory

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  blotter::fuzz::plant(*count, *arguments, blotter::directory::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace blotter::directory;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto read = read_lease("r-1", input);
  if (read) {
    blotter::check(read->who.id.text() == "r-1" && !read->who.roles.empty());
    blotter::check(read->renewal > 0 && read->renewal <= lease_number_max);
    const auto again = read_lease("r-1", to_json(*read));
    blotter::check(again && *again == *read);
  }
  lease_view view{lease_options{}};
  const blotter::instant now{std::chrono::hours(1)};
  const lease_view::stored one{"r-1", input};
  const auto heard = view.written(one, now);
  blotter::check(heard.size() == (read ? 1u : 0u) && view.set_aside().size() == (read ? 0u : 1u));
  blotter::check(view.read({&one, 1}, now, now).empty());
  blotter::check(view.removed(input, now).empty() || input == "r-1");
  return 0;
}
