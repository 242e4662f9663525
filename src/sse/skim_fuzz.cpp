#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/check.hpp"
#include "sse/skim.hpp"

// Any bytes as events, against a reader that takes every line apart, as slowly as it likes.

namespace {

std::optional<std::string_view> last_id(std::string_view text) {
  std::optional<std::string_view> last;
  std::optional<std::string_view> of_event;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line == "id") of_event = line.substr(2);
    if (line.starts_with("id:")) of_event = line.substr(line.starts_with("id: ") ? 4 : 3);
    if (!line.empty()) continue;
    if (of_event) last = of_event;
    of_event.reset();
  }
  return last;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const blotter::sse::skimmed seen = blotter::sse::skim(text);
  blotter::check(seen.whole == (text.ends_with("\n\n") || text == "\n"));
  if (seen.whole) blotter::check(seen.last_id == last_id(text));
  return 0;
}
