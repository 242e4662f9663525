#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/shared_bytes.hpp"

namespace blotter::http {

/// A header line to send. Name and value are ours or were checked: no line breaks.
struct header {
  std::string name;
  std::string value;
};

/// Own text, bytes shared with others, or bytes that are part of the program.
using body_bytes = std::variant<std::string, shared_bytes, std::string_view>;

/// An answer with a known end. Content-Length, Connection, Date and CORS headers are added when it is sent.
struct response {
  unsigned status = 200;
  std::string content_type;  ///< empty: no such header
  std::vector<header> headers;
  body_bytes body;

  std::string_view body_view() const;
};

/// application/json, not to be stored.
response json(std::string body);
/// text/plain, not to be stored.
response text(std::string body);

/// "Not Found" for 404; "" for what we never send.
std::string_view reason_phrase(unsigned status);

enum class connection_after : unsigned char { keep, close };

/// The bytes before the body. `more` are header lines, each ended by CR LF; `date` as of RFC 9110, or empty.
std::string encode_head(const response& what, connection_after after, std::string_view more,
                        std::string_view date);

/// The bytes before an event stream, whose end is the connection's: proxies are told to pass it on at once
/// and unchanged.
std::string encode_event_stream_head(std::string_view more);

}  // namespace blotter::http
