#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace blotter::sim {

/// One event of a stream, as a browser would hand it on.
struct stream_event {
  std::string name;
  std::string data;
  std::optional<std::string> id;
};

/// Takes the bytes of a stream apart, wherever they were cut: the part of the event stream format (HTML
/// Living Standard, 9.2) that docs/protocol.md uses.
class event_reader {
 public:
  /// Appends the events that `bytes` complete. False when they are no such stream.
  [[nodiscard]] bool take(std::string_view bytes, std::vector<stream_event>& out);
  void restart() { *this = {}; }

 private:
  bool line(std::string_view text, std::vector<stream_event>& out);

  std::string rest_;
  stream_event event_;
  bool any_ = false;
};

/// A row as a `rows` event tells it.
struct told_row {
  std::string key;
  std::uint32_t partition = 0;
  std::int64_t offset = 0;
  bool deleted = false;
  std::string value;
};
/// Reads the data of a `rows` event strictly; false when it is anything else.
[[nodiscard]] bool read_rows(std::string_view data, std::vector<told_row>& out);

/// The text or number of a member of a flat JSON object; none when it is not there.
std::optional<std::string> text_member(std::string_view object, std::string_view name);
std::optional<std::int64_t> number_member(std::string_view object, std::string_view name);

}  // namespace blotter::sim
