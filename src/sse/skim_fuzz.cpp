#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/fuzz_corpus.hpp"
#include "sse/events.hpp"
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

/// Events as nodes say them.
std::vector<std::string> seeds() {
  using namespace blotter;
  const sse::proof shown{.count = 2, .sum = {}};
  std::string text;
  sse::append_retry(text, milliseconds(1000));
  sse::append_hello_fresh(text, "m-1", "new", std::chrono::seconds(5), {});
  sse::append_reset(text, sse::reset_reason::horizon, "behind \n");
  text += "event: rows\ndata: [{\"key\":\"id: 7\",\"row\":{\"x\":\"event: live\"}}]\nid: 1abc\n\n";
  sse::append_live(text, "1abc", shown);
  sse::append_status(text, sse::freshness::node, "gone");
  sse::append_beat(text, "1abd", {}, milliseconds(2), &shown);
  sse::append_moving(text, "1abd");
  std::string resumed;
  sse::append_hello_resumed(resumed, "m-2", std::chrono::seconds(5), {});
  sse::append_bye(resumed, "1abe", sse::bye_reason::shutdown, true);
  return {text, resumed};
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  blotter::fuzz::plant(*count, *arguments, seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const blotter::sse::skimmed seen = blotter::sse::skim(text);
  blotter::check(seen.whole == (text.ends_with("\n\n") || text == "\n"));
  if (seen.whole) blotter::check(seen.last_id == last_id(text));
  return 0;
}
