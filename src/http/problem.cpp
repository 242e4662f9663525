#include "http/problem.hpp"

#include <stdexcept>

#include "http/percent.hpp"

namespace blotter::http {

void throw_exception_from_error(const problem& why, const boost::source_location&) {
  throw std::logic_error(why.detail);
}

std::string json_string(std::string_view text) {
  const bool plain = is_plain_text(text);
  std::string quoted = "\"";
  for (const char each : text) {
    const auto code = static_cast<unsigned char>(each);
    if (!plain && (code < 0x20 || code >= 0x7F)) {
      quoted += '?';
    } else {
      if (each == '"' || each == '\\') quoted += '\\';
      quoted += each;
    }
  }
  return quoted += '"';
}

response to_response(const problem& why) {
  response answer;
  answer.status = why.status;
  answer.content_type = "application/problem+json";
  answer.headers = why.headers;
  answer.headers.push_back({"Cache-Control", "no-store"});
  answer.body = "{\"type\":\"about:blank\",\"title\":" + json_string(reason_phrase(why.status)) +
                ",\"status\":" + std::to_string(why.status) + ",\"detail\":" + json_string(why.detail) +
                "}\n";
  return answer;
}

}  // namespace blotter::http
