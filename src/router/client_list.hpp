#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "table/table_set.hpp"

namespace blotter::router {

struct client_page {
  std::vector<std::string_view> clients;  ///< in byte order; valid until the next call
  bool more = false;
};

/// The clients that have rows, in byte order: sorted anew when asked, but at most once a second, since
/// sorting a hundred thousand names takes the router some 30 ms.
class client_list {
 public:
  /// At most `limit` clients that begin with `prefix`, behind `after`.
  client_page page(const table::table_set& tables, std::string_view prefix, std::string_view after,
                   std::size_t limit, instant now);

 private:
  std::vector<std::string> sorted_;
  instant sorted_at_{};
  bool ever_ = false;
};

}  // namespace blotter::router
