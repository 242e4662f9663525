#include "net/network.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace blotter::net {

namespace {

constexpr unsigned mapped_bits = 96;

/// Whether the first `bits` are the same.
bool alike(const address_bytes& a, const address_bytes& b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned shift = 8 - bits % 8;
  return a[whole] >> shift == b[whole] >> shift;
}

}  // namespace

address_bytes address_of(const endpoint& where) {
  address_bytes out{};
  if (where.family() == AF_INET6) {
    std::memcpy(out.data(), &reinterpret_cast<const sockaddr_in6*>(where.data())->sin6_addr, out.size());
    return out;
  }
  out[10] = out[11] = 0xff;
  std::memcpy(out.data() + 12, &reinterpret_cast<const sockaddr_in*>(where.data())->sin_addr, 4);
  return out;
}

std::optional<network> network::parse(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string host(text.substr(0, slash));
  const bool v6 = host.find(':') != std::string::npos;
  const auto where = endpoint::parse((v6 ? "[" + host + "]" : host) + ":0");
  if (!where || host == "localhost") return std::nullopt;
  const unsigned bits_max = v6 ? 128 : 32;
  network out;
  out.begin_ = address_of(*where);
  out.bits_ = bits_max;
  if (slash < text.size()) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), out.bits_);
    if (failed != std::errc() || end != digits.data() + digits.size() || out.bits_ > bits_max)
      return std::nullopt;
  }
  if (!v6) out.bits_ += mapped_bits;
  return out;
}

bool network::contains(const endpoint& where) const {
  return alike(begin_, address_of(where), bits_);
}

std::optional<std::vector<network>> parse_networks(std::string_view text) {
  std::vector<network> all;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto one = network::parse(text.substr(0, comma));
    if (!one || comma + 1 == text.size()) return std::nullopt;
    all.push_back(*one);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return all;
}

}  // namespace blotter::net
