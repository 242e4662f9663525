#include "http/overload.hpp"

#include <algorithm>

#include "base/random.hpp"

namespace blotter::http {
namespace {

constexpr std::uint64_t delay_ms_min = 3000;
constexpr std::uint64_t delay_ms_max = 15'000;
constexpr std::size_t bookmark_size_max = 4096;

/// Of the shape that our own bookmarks have; anything else is not worth giving back.
bool well_formed(std::string_view bookmark) {
  constexpr std::string_view safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  return !bookmark.empty() && bookmark.size() <= bookmark_size_max &&
         bookmark.find_first_not_of(safe) == std::string_view::npos;
}

}  // namespace

std::string overload_events(const request& asked, std::uint64_t chance) {
  random_source random(chance);
  const auto delay = delay_ms_min + random.below(delay_ms_max - delay_ms_min + 1);
  std::string said = "retry: " + std::to_string(delay) + "\n\nevent: bye\n" +
                     "data: {\"code\":3,\"reason\":\"overload\",\"reconnect\":true}\n";
  std::string_view bookmark = asked.header("Last-Event-ID");
  if (bookmark.empty()) bookmark = asked.parameters.find("bookmark").value_or("");
  if (well_formed(bookmark)) said.append("id: ").append(bookmark).append("\n");
  return said += '\n';
}

}  // namespace blotter::http
