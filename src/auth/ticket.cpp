#include "auth/ticket.hpp"

#include <jwt.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/check.hpp"

namespace blotter::auth {

namespace {

/// So that no other token that a firm may sign with the same key is taken for a ticket.
constexpr const char* issuer = "blotter-place";

struct free_token {
  void operator()(jwt_t* which) const { jwt_free(which); }
  void operator()(char* which) const { std::free(which); }
};
using token = std::unique_ptr<jwt_t, free_token>;

const unsigned char* bytes(const std::string& key) {
  return reinterpret_cast<const unsigned char*>(key.data());
}

/// None when this key did not sign it. It throws nothing, and takes any text without a NUL.
token decode(const std::string& text, const std::string& key) {
  jwt_t* made = nullptr;
  if (jwt_decode(&made, text.c_str(), bytes(key), static_cast<int>(key.size())) != 0) return nullptr;
  token owned(made);
  return jwt_get_alg(made) == JWT_ALG_HS256 ? std::move(owned) : nullptr;
}

result<ticket> claims_of(jwt_t& signed_by_us) {
  const char* made_by = jwt_get_grant(&signed_by_us, "iss");
  const char* client = jwt_get_grant(&signed_by_us, "sub");
  const char* node = jwt_get_grant(&signed_by_us, "aud");
  const long expires = jwt_get_grant_int(&signed_by_us, "exp");
  if (!made_by || std::string_view(made_by) != issuer || !client || !node || expires <= 0)
    return errc::ticket_malformed;
  return ticket{client, node, wall_time(std::chrono::seconds(expires))};
}

std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

result<ticket_keys> ticket_keys::parse(std::string_view text) {
  std::vector<std::string> keys;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (line.size() < key_size_min) return errc::key_too_short;
    if (keys.size() == keys_max) return errc::too_many_keys;
    keys.emplace_back(line);
  }
  if (keys.empty()) return errc::no_key;
  return ticket_keys(std::move(keys));
}

std::string ticket_keys::sign(const ticket& what) const {
  jwt_t* made = nullptr;
  check(jwt_new(&made) == 0);
  const token owned(made);
  const auto expires = std::chrono::ceil<std::chrono::seconds>(what.expires).time_since_epoch().count();
  check(jwt_add_grant(made, "iss", issuer) == 0);
  check(jwt_add_grant(made, "sub", what.client.c_str()) == 0);
  check(jwt_add_grant(made, "aud", what.node.c_str()) == 0);
  check(jwt_add_grant_int(made, "exp", static_cast<long>(expires)) == 0);
  check(jwt_set_alg(made, JWT_ALG_HS256, bytes(keys_.front()), static_cast<int>(keys_.front().size())) == 0);
  const std::unique_ptr<char, free_token> text(jwt_encode_str(made));
  check(text != nullptr);
  return text.get();
}

result<ticket> ticket_keys::read(std::string_view text) const {
  // Three parts, as RFC 7519 has them; the library takes a missing signature for an unsigned token.
  const std::string whole(text);
  if (text.size() > ticket_size_max || text.find('\0') != text.npos || std::ranges::count(text, '.') != 2 ||
      text.back() == '.')
    return errc::ticket_malformed;
  for (const std::string& key : keys_)
    if (const token known = decode(whole, key)) return claims_of(*known);
  return errc::ticket_forged;
}

result<void> admits(const ticket& shown, std::string_view client, std::string_view node, wall_time now) {
  if (shown.client != client) return errc::ticket_other_client;
  if (shown.node != node) return errc::ticket_other_node;
  if (now > shown.expires + clocks_differ_max) return errc::ticket_expired;
  return {};
}

}  // namespace blotter::auth
