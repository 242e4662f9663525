#include "serve/authorize.hpp"

#include "base/check.hpp"
#include "table/row_change.hpp"

namespace blotter::serve {

http::or_problem<std::string_view> authorize(const http::request& asked) {
  check(!asked.captures.empty());
  const std::string_view client = asked.captures.front();
  if (client.size() > table::client_id_size_max)
    return http::problem(400, "a client id has at most 255 bytes");
  return client;
}

}  // namespace blotter::serve
