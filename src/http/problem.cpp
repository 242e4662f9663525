#include "http/problem.hpp"

#include <stdexcept>

#include "base/json_text.hpp"

namespace blotter::http {

void throw_exception_from_error(const problem& why, const boost::source_location&) {
  throw std::logic_error(why.detail);
}

response to_response(const problem& why) {
  response answer;
  answer.status = why.status;
  answer.content_type = "application/problem+json";
  answer.headers = why.headers;
  answer.headers.push_back({"Cache-Control", "no-store"});
  std::string body = "{\"type\":\"about:blank\",\"title\":";
  append_json_string(body, reason_phrase(why.status));
  body.append(",\"status\":").append(std::to_string(why.status)).append(",\"detail\":");
  append_json_string(body, why.detail);
  answer.body = body.append("}\n");
  return answer;
}

}  // namespace blotter::http
