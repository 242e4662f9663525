#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "net/endpoint.hpp"

namespace blotter::net {

/// An address without its port, of IPv4 as IPv6 has it (::ffff:10.0.0.1): a socket that listens to both hears
/// it in that form.
using address_bytes = std::array<std::uint8_t, 16>;
address_bytes address_of(const endpoint& where);

/// The addresses that begin with the same bits.
class network {
 public:
  /// "10.0.0.7", "10.0.0.0/8", "fd00::/8". Nothing for all else: names are not looked up.
  static std::optional<network> parse(std::string_view text);
  bool contains(const endpoint& where) const;

 private:
  address_bytes begin_{};
  unsigned bits_ = 0;
};

/// Several, with commas between them; "" is none. Nothing when one of them is none.
std::optional<std::vector<network>> parse_networks(std::string_view text);

}  // namespace blotter::net
