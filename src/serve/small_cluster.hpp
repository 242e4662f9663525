#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "serve/carried_streams.hpp"
#include "serve/own_links.hpp"

// For tests: a router and nodes on one core, as processes have them, with a table for each of two clients.
// The loop runs when the test says so.

namespace blotter::serve {

inline net::link_hub_options link_options_of(std::string member) {
  net::link_hub_options options;
  options.session.self = {link::protocol_version, "blotter", std::move(member), {}};
  return options;
}

class small_cluster {
 public:
  struct serving {
    serving(small_cluster& all, unsigned number, node::node_options options)
        : streams(all.core.loop(), viewers),
          core(std::move(options), {all.core,
                                    1,
                                    streams,
                                    cells,
                                    [&all, number](node::link_id, link::to_router&& message) {
                                      all.own_.to_router(number, std::move(message));
                                    },
                                    {},
                                    std::chrono::seconds(5)}),
          carried(core, link_options_of("node-" + std::to_string(number + 1)),
                  *net::endpoint::parse("127.0.0.1:0")) {
      streams.set_owner(core);
      all.own_.connect(core);
      carried.start();
    }
    std::atomic<std::size_t> viewers{0};
    http::event_connections streams;
    metrics::registry cells;
    node_core core;
    carried_streams carried;
  };

  /// "node-1" and so on.
  explicit small_cluster(node::node_options options = {}, unsigned count = 1) : router_(core, {}, cells_) {
    for (unsigned i = 0; i < count; ++i) {
      options.member = "node-" + std::to_string(i + 1);
      nodes.push_back(std::make_unique<serving>(*this, i, options));
    }
    router_.own_outlet().put(feed::generation_began{table::generation{1}, 1, {}});
    for (const std::string client : {"c1", "c2"}) put(client, "A", 1);
    router_.own_outlet().put(feed::partition_caught_up{0, next_});
  }

  /// {"n":…,"x":"xxx…"}
  void put(const std::string& client, const std::string& key, int n, std::size_t size = 0) {
    feed::change_batch batch;
    const std::string value = "{\"n\":" + std::to_string(n) + ",\"x\":\"" + std::string(size, 'x') + "\"}";
    batch.changes.push_back({batch.text.copy(client),
                             batch.text.copy(key),
                             batch.text.copy(value),
                             {0, next_++},
                             wall_time(milliseconds(1)),
                             table::change_kind::put,
                             nullptr});
    router_.own_outlet().put(std::move(batch));
  }
  template <class Pred>
  void until(Pred done) {
    while (!done()) core.loop().run_one();
  }

  net::core core{0};

 private:
  metrics::registry cells_;
  router_core router_;
  own_links own_{router_};
  table::record_offset next_ = 0;

 public:
  std::vector<std::unique_ptr<serving>> nodes;
};

}  // namespace blotter::serve
