#include "router/client_list.hpp"

#include <algorithm>

namespace blotter::router {

client_page client_list::page(const table::table_set& tables, std::string_view prefix, std::string_view after,
                              std::size_t limit, instant now) {
  if (!ever_ || now - sorted_at_ >= std::chrono::seconds(1)) {
    ever_ = true;
    sorted_at_ = now;
    sorted_.clear();
    tables.for_each_table([&](table::table_id id) {
      if (tables.count(id) > 0) sorted_.emplace_back(tables.client(id));
    });
    std::sort(sorted_.begin(), sorted_.end());
  }
  auto at = after >= prefix ? std::upper_bound(sorted_.begin(), sorted_.end(), after)
                            : std::lower_bound(sorted_.begin(), sorted_.end(), prefix);
  client_page found;
  for (; at != sorted_.end() && at->starts_with(prefix); ++at) {
    if (found.clients.size() == limit) {
      found.more = true;
      break;
    }
    found.clients.push_back(*at);
  }
  return found;
}

}  // namespace blotter::router
