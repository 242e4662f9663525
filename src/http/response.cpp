#include "http/response.hpp"

namespace blotter::http {

std::string_view response::body_view() const {
  if (const auto* own = std::get_if<std::string>(&body)) return *own;
  if (const auto* shared = std::get_if<shared_bytes>(&body)) return shared->view();
  return std::get<std::string_view>(body);
}

response json(std::string body) {
  return {200, "application/json", {{"Cache-Control", "no-store"}}, std::move(body)};
}

response text(std::string body) {
  return {200, "text/plain; charset=utf-8", {{"Cache-Control", "no-store"}}, std::move(body)};
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

std::string encode_head(const response& what, connection_after after, std::string_view more,
                        std::string_view date) {
  std::string head;
  head.reserve(512);
  const auto line = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  head.append("HTTP/1.1 ").append(std::to_string(what.status)).append(" ");
  head.append(reason_phrase(what.status)).append("\r\n");
  if (!date.empty()) line("Date", date);
  if (!what.content_type.empty()) line("Content-Type", what.content_type);
  // RFC 9110, 8.6: never with 204. With 304 it would be the length of what is not sent; left out.
  if (what.status != 204 && what.status != 304)
    line("Content-Length", std::to_string(what.body_view().size()));
  for (const header& each : what.headers) line(each.name, each.value);
  head.append(more);
  if (after == connection_after::close) line("Connection", "close");
  return head.append("\r\n");
}

std::string encode_event_stream_head(std::string_view more) {
  std::string head =
      "HTTP/1.1 200 OK\r\n"
      "Content-Type: text/event-stream\r\n"
      "Cache-Control: no-store, no-transform\r\n"
      "X-Accel-Buffering: no\r\n"
      "Connection: close\r\n";
  return head.append(more).append("\r\n");
}

}  // namespace blotter::http
