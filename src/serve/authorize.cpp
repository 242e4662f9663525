#include "serve/authorize.hpp"

#include <fstream>

#include "base/check.hpp"
#include "table/row_change.hpp"

namespace blotter::serve {

namespace {

constexpr std::streamsize keys_size_max = 16 * 1024;

/// In the query: a header of ours would cost a browser another request before each stream (CORS).
http::or_problem<void> check_ticket(const http::request& asked, const admission& by, wall_time now) {
  const auto shown = asked.parameters.find("ticket");
  if (!shown) return http::problem(401, "this node asks for a ticket: a gateway's /place gives one");
  const auto read = by.keys->read(*shown);
  if (!read) return http::problem(403, read.error().message());
  const auto good = auth::admits(*read, asked.captures.front(), by.member, now);
  if (!good) return http::problem(403, good.error().message());
  return {};
}

}  // namespace

http::or_problem<std::string_view> authorize(const http::request& asked, const admission& by, wall_time now) {
  check(!asked.captures.empty());
  const std::string_view client = asked.captures.front();
  if (client.size() > table::client_id_size_max)
    return http::problem(400, "a client id has at most 255 bytes");
  if (by.keys)
    if (const auto good = check_ticket(asked, by, now); !good) return good.error();
  return client;
}

std::shared_ptr<const auth::ticket_keys> ticket_keys_of(const config::settings& s) {
  const std::string& path = s.text("ticket-keys");
  if (path.empty()) return nullptr;
  const auto refuse = [&](const std::string& why) -> config::refused {
    return {s.source("ticket-keys"), path + " " + why};
  };
  std::ifstream in(path, std::ios::binary);
  if (!in) throw refuse("cannot be read");
  std::string text(static_cast<std::size_t>(keys_size_max), '\0');
  in.read(text.data(), keys_size_max);
  if (in.bad()) throw refuse("cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  auto keys = auth::ticket_keys::parse(text);
  if (!keys) throw refuse("is no file of keys: " + keys.error().message());
  return std::make_shared<const auth::ticket_keys>(std::move(*keys));
}

}  // namespace blotter::serve
