#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace blotter::sse {

/// What somebody who passes events on has to know of them.
struct skimmed {
  /// The text is whole events: it ends with the blank line of the last one. What does not is not to be passed
  /// on, and nothing else of this says anything.
  bool whole = false;
  /// The last id that they set, to resume from: empty when it ended with a `reset`. None when they set none.
  std::optional<std::string_view> last_id = {};
  bool hello = false;  ///< there is one
  bool reset = false;  ///< there is one
  bool live = false;   ///< there is one, with no `hello` or `reset` behind it
  bool rows = false;   ///< there are some behind the last id
  enum class told : std::uint8_t { nothing, stale, current };
  told status = told::nothing;  ///< by the last `status`
};

/// Reads events as `events.hpp` writes them, at the speed of a search for line ends: only what stands at a
/// line's start is looked at, so no data is mistaken for a field. `text` may be anything; one field's value
/// may span no line. Borrows `text`.
skimmed skim(std::string_view text);

}  // namespace blotter::sse
