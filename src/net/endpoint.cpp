#include "net/endpoint.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace blotter::net {

endpoint::endpoint() {
  std::memset(&address_, 0, sizeof(address_));
  address_.v4.sin_family = AF_INET;
}

endpoint::endpoint(const sockaddr_storage& address) : endpoint() {
  if (address.ss_family == AF_INET6) std::memcpy(&address_, &address, sizeof(sockaddr_in6));
  if (address.ss_family == AF_INET) std::memcpy(&address_, &address, sizeof(sockaddr_in));
}

std::optional<endpoint> endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint16_t port = 0;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;

  std::string host(text.substr(0, colon));
  endpoint parsed;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    parsed.address_.v6.sin6_family = AF_INET6;
    if (inet_pton(AF_INET6, host.c_str(), &parsed.address_.v6.sin6_addr) != 1) return std::nullopt;
  } else {
    if (host == "localhost") host = "127.0.0.1";
    if (inet_pton(AF_INET, host.c_str(), &parsed.address_.v4.sin_addr) != 1) return std::nullopt;
  }
  parsed.set_port(port);
  return parsed;
}

std::uint16_t endpoint::port() const {
  return ntohs(family() == AF_INET6 ? address_.v6.sin6_port : address_.v4.sin_port);
}

void endpoint::set_port(std::uint16_t port) {
  (family() == AF_INET6 ? address_.v6.sin6_port : address_.v4.sin_port) = htons(port);
}

socklen_t endpoint::size() const {
  return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

std::string endpoint::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &address_.v6.sin6_addr, text, sizeof(text));
    return "[" + std::string(text) + "]:" + std::to_string(port());
  }
  inet_ntop(AF_INET, &address_.v4.sin_addr, text, sizeof(text));
  return std::string(text) + ":" + std::to_string(port());
}

}  // namespace blotter::net
