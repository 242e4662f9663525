#pragma once

#include <string>
#include <string_view>

namespace blotter {

/// Appends `text` as a JSON string, quotes included (RFC 8259). Whatever the text holds, the result is one
/// line of UTF-8 that no terminal obeys: control characters are escaped, bytes that are not UTF-8 become
/// U+FFFD.
void append_json_string(std::string& out, std::string_view text);
/// The same without the quotes.
void append_json_escaped(std::string& out, std::string_view text);

}  // namespace blotter
