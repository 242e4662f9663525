#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace blotter::http {

enum class plus : unsigned char { is_plus, is_blank };

/// `text` with its %XX replaced, once. Nothing when a % is not followed by two hexadecimal digits, or when
/// the result has control characters (NUL, line breaks and so on) or is not UTF-8: no name of ours may have
/// either, and such text must not reach logs or headers.
std::optional<std::string> percent_decode(std::string_view text, plus sign);

/// UTF-8 without control characters.
bool is_plain_text(std::string_view text);

}  // namespace blotter::http
