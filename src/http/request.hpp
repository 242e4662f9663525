#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/problem.hpp"
#include "net/endpoint.hpp"

namespace blotter::http {

enum class method : std::uint8_t { get, head, options };

/// Names and values of a query or of the header lines; at most `size_max`.
struct named_value {
  std::string name;
  std::string value;
};

/// What follows the "?", decoded. No name comes twice.
class query {
 public:
  static constexpr std::size_t size_max = 32;
  static or_problem<query> parse(std::string_view text);

  /// Nothing when it was not given.
  std::optional<std::string_view> find(std::string_view name) const;
  /// A whole number within the bounds, `otherwise` when not given; else a problem that names both.
  or_problem<std::uint32_t> number(std::string_view name, std::uint32_t min, std::uint32_t max,
                                   std::uint32_t otherwise) const;
  /// A problem that names the first one that is not among `known`: a misspelt bookmark must not pass for
  /// none.
  or_problem<void> only(std::initializer_list<std::string_view> known) const;

 private:
  std::vector<named_value> values_;
};

/// A request whose head has come and is sound: a value that can be moved to another core.
struct request {
  method verb = method::get;
  bool keep_alive = true;
  std::string target;             ///< as sent, for logs; no control characters
  std::vector<std::string> path;  ///< decoded once: "/a%2Fb/c" is "a/b", "c". "/" is one empty segment
  query parameters;
  std::vector<named_value> headers;
  net::endpoint peer;

  unsigned route = 0;                 ///< the id of the route that matched
  std::vector<std::string> captures;  ///< what stood for its {}, in order

  /// The first header line of this name, case apart, or "".
  std::string_view header(std::string_view name) const;
};

/// Splits and decodes what stands in the request line. A problem with status 400 says what is wrong.
or_problem<void> read_target(std::string_view target, request& into);

/// What `GET /v1/clients/{client}/events` may ask.
struct events_query {
  std::string_view
      bookmark;  ///< Last-Event-ID, else ?bookmark=, else ""; not looked into; lives as long as the request
  std::uint32_t beat_s = 0;  ///< 1 to 30; 0: not given
};
or_problem<events_query> read_events_query(const request& asked);

/// What `GET /v1/clients` may ask.
struct clients_query {
  std::string_view prefix;
  std::string_view after;
  std::uint32_t limit = 100;  ///< 1 to 1000
};
or_problem<clients_query> read_clients_query(const request& asked);

}  // namespace blotter::http
