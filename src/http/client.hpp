#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace blotter::http {

/// The parts of `http://HOST[:PORT][/PATH][?QUERY]`.
struct client_url {
  std::string host;  ///< a name or an address; of IPv6 without its brackets
  std::uint16_t port = 80;
  std::string target = "/";  ///< path and query as they stand; begins with /

  /// As a `Host` header wants it.
  std::string authority() const;
};

/// Only http://, no user and password, no fragment; neither blanks nor control characters nor bytes beyond
/// ASCII.
result<client_url> parse_url(std::string_view text);

/// `text` as one segment of a path or as a value of a query: all but letters, digits and -._~ as %XX.
std::string percent_encode(std::string_view text);

enum class client_errc {
  bad_url = 1,  ///< no http:// address
  bad_header,   ///< a header of the request holds a line break or another control character
  no_answer,    ///< the head of the answer did not come in time
  ended,        ///< the answer is over, as its sender meant it
};
error_code make_error_code(client_errc code);

struct client_request {
  client_url url;
  std::vector<std::pair<std::string, std::string>> headers;  ///< besides Host and User-Agent
  milliseconds deadline{10'000};  ///< for name, connection and the head of the answer together
};

struct client_head {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case

  /// Empty when there is none; the first when there are several. `name` in lower case.
  std::string_view header(std::string_view name) const;
};

/// One GET over a connection of its own, whose answer is read as it comes. Belongs to one thread, which
/// drives it by `read`; nothing happens between. The destructor closes the connection; where a name is still
/// being resolved it waits for the system's resolver to give up. An answer's head may be 64 KiB; its body is
/// not bounded and not kept.
class client {
 public:
  explicit client(client_request request);
  ~client();
  client(client&&) noexcept;
  client& operator=(client&&) noexcept;

  /// Null until the head of the answer has come.
  const client_head* head() const;

  /// Connects, asks and reads, for at most `wait`: the next bytes of the body, valid until the next call; or
  /// nothing when none came in time. An error is final: `client_errc`, or what the network or the parser of
  /// HTTP says.
  result<std::string_view> read(milliseconds wait);

 private:
  class connection;
  std::unique_ptr<connection> connection_;
};

}  // namespace blotter::http

template <>
struct boost::system::is_error_code_enum<blotter::http::client_errc> : std::true_type {};
