#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "directory/lease_view.hpp"

// Any bytes as a member's record: it is refused, or is a member within its bounds that reads back the same.
// And as what a listener hears: whatever comes, the view goes on.

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
