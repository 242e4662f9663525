#include "serve/partition_keeper.hpp"

#include <utility>

namespace blotter::serve {

partition_keeper::partition_keeper(directory::member_id self, directory::holdings_options options,
                                   router_core& router, feed::partition_source& source, share tell)
    : router_(router),
      source_(source),
      tell_(std::move(tell)),
      keeper_(std::move(self), options, router.state(), *this) {}

void partition_keeper::linked(const std::string& node, bool yes, instant now) {
  if (const auto id = directory::member_id::parse(node)) keeper_.set_linked(*id, yes, now);
}

}  // namespace blotter::serve
