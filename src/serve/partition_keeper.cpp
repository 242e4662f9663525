#include "serve/partition_keeper.hpp"

#include <utility>

namespace blotter::serve {

partition_keeper::partition_keeper(directory::member_id self, directory::holdings_options options,
                                   router_core& router, feed::partition_source& source, share tell)
    : router_(router),
      source_(source),
      tell_(std::move(tell)),
      keeper_(std::move(self), options, router.state(), *this) {}

}  // namespace blotter::serve
