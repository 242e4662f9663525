#include "http/cors.hpp"

#include <algorithm>

namespace blotter::http {

cors::cors(std::vector<std::string> origins)
    : origins_(std::move(origins)),
      any_(std::find(origins_.begin(), origins_.end(), "*") != origins_.end()) {}

bool cors::allows(std::string_view origin) const {
  return std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

std::string cors::lines(const request& asked) const {
  if (any_) return "Access-Control-Allow-Origin: *\r\n";
  if (origins_.empty()) return {};
  // Said even when the origin is refused: a cache must not give one origin's answer to another.
  std::string said = "Vary: Origin\r\n";
  const std::string_view origin = asked.header("Origin");
  // Only an origin of our own list is ever written back, so nothing of the asker's reaches our header.
  if (allows(origin)) said.append("Access-Control-Allow-Origin: ").append(origin).append("\r\n");
  return said;
}

std::string cors::preflight_lines(const request& asked) const {
  std::string said = "Allow: GET, HEAD, OPTIONS\r\n" + lines(asked);
  if (!any_ && !allows(asked.header("Origin"))) return said;
  return said +=
         "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
         "Access-Control-Allow-Headers: authorization, last-event-id, cache-control\r\n"
         "Access-Control-Max-Age: 7200\r\n";
}

}  // namespace blotter::http
