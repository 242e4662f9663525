#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/errc.hpp"
#include "base/time.hpp"

namespace blotter::auth {

/// Admits whoever has it to one client's stream at one node, for a short time: what a gateway gives to those
/// that connect to the node themselves.
struct ticket {
  std::string client;  ///< UTF-8, no control characters
  std::string node;    ///< the member's id
  wall_time expires;   ///< by the gateway's clock; a whole second on the wire, the next one

  friend bool operator==(const ticket&, const ticket&) = default;
};

inline constexpr std::size_t ticket_size_max = 2048;
inline constexpr std::size_t key_size_min =
    32;  ///< bytes: as long as what HMAC-SHA-256 makes (RFC 7518, 3.2)
inline constexpr std::size_t keys_max = 4;
/// Clocks of gateways and nodes may differ by so much.
inline constexpr milliseconds clocks_differ_max = std::chrono::seconds(30);

/// The keys of a cluster's tickets. The first signs; each is good to read one, so that a key is replaced
/// by putting the new one first everywhere, and taking the old one out later. Immutable: any thread.
class ticket_keys {
 public:
  /// Of a file: a key a line; blanks around it, empty lines and those that begin with # do not count.
  static result<ticket_keys> parse(std::string_view text);

  /// As a JSON Web Token (RFC 7519) signed with HMAC-SHA-256; fit to stand in a URL.
  std::string sign(const ticket& what) const;
  /// `text` may be anything.
  result<ticket> read(std::string_view text) const;

 private:
  explicit ticket_keys(std::vector<std::string> keys) : keys_(std::move(keys)) {}
  std::vector<std::string> keys_;
};

/// Whether it is good for this client at this node now.
result<void> admits(const ticket& shown, std::string_view client, std::string_view node, wall_time now);

}  // namespace blotter::auth
