#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace blotter::net {

/// An address and port of TCP, IPv4 or IPv6: a value of 28 bytes.
class endpoint {
 public:
  /// 0.0.0.0:0.
  endpoint();
  explicit endpoint(const sockaddr_storage& address);

  /// "127.0.0.1:8080", "[::1]:8080" or "localhost:8080" (127.0.0.1). Nothing for all else: names are not
  /// looked up.
  static std::optional<endpoint> parse(std::string_view text);

  std::uint16_t port() const;
  void set_port(std::uint16_t port);
  int family() const { return address_.any.sa_family; }

  const sockaddr* data() const { return &address_.any; }
  socklen_t size() const;

  /// As `parse` reads it.
  std::string to_string() const;

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } address_;
};

}  // namespace blotter::net
