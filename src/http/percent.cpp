#include "http/percent.hpp"

#include <simdjson.h>

#include <algorithm>

namespace blotter::http {
namespace {

/// -1 when `digit` is no hexadecimal digit.
int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

bool is_plain_text(std::string_view text) {
  const bool controls = std::any_of(text.begin(), text.end(), [](char each) {
    return static_cast<unsigned char>(each) < 0x20 || each == 0x7F;
  });
  return !controls && simdjson::validate_utf8(text.data(), text.size());
}

std::optional<std::string> percent_decode(std::string_view text, plus sign) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && sign == plus::is_blank) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = value_of(text[i + 1]);
      const int low = value_of(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (!is_plain_text(decoded)) return std::nullopt;
  return decoded;
}

}  // namespace blotter::http
