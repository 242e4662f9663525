#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "feed/event.hpp"
#include "link/message.hpp"
#include "metrics/registry.hpp"
#include "net/core.hpp"
#include "net/mailbox.hpp"
#include "router/client_list.hpp"
#include "router/router.hpp"
#include "serve/load_report.hpp"

namespace blotter::serve {

/// A router on a core, which it may share with a node, between a feed and the node cores of this process.
/// What it decides, `router::router` decides; this hands it events and time. Destroyed after its core has
/// stopped.
class router_core final : router::sink, feed::outlet {
 public:
  /// `on`, not started yet, and `cells`, not sealed yet, outlive this.
  router_core(net::core& on, router::router_options options, metrics::registry& cells);

  /// Links the node core number `link`, which takes messages by `to`. Before `start`; links are numbered from
  /// 0.
  void connect(std::function<bool(link::to_node&&)> to);
  /// Where the feed puts its events: blocks while the router has a bounded number of them to do.
  feed::outlet& outlet() { return *this; }
  /// The same for a feed that runs on the router's core: it is taken at once.
  feed::outlet& own_outlet() { return own_outlet_; }

  /// Before `start`: has `what` called on the router's core each `period`.
  void every(milliseconds period, std::function<void(instant)> what) { core_.every(period, std::move(what)); }
  /// Takes up the links, soon.
  void start();
  /// The feed's `put` refuses from here on.
  void close_feed() { feed_.close(); }

  /// Any thread: a message of that node core. False only while stopping.
  bool send(unsigned link, link::to_router&& message) {
    return from_nodes_.try_push({link, std::move(message)});
  }

  /// Any thread: has `what` called on the router's core. False when too many wait: ask again later.
  using question = std::function<void(router_core&)>;
  bool ask(question what) { return questions_.try_push(std::move(what)); }

  // For questions, on the router's core.
  const router::router& state() const { return router_; }
  router::client_page clients(std::string_view prefix, std::string_view after, std::size_t limit);

 private:
  struct from_node {
    unsigned link;
    link::to_router message;
  };
  struct cells {
    explicit cells(metrics::registry& all);
    metrics::gauge &rows, &tables, &tombstones, &subscriptions, &current, &partitions, &partitions_caught_up;
    metrics::counter &applied, &outdated, &forgotten;
  };

  struct direct_outlet final : feed::outlet {
    explicit direct_outlet(router::router& told) : to(told) {}
    bool put(feed::event what) override;
    router::router& to;
  };

  bool put(feed::event what) override { return feed_.push_wait(std::move(what)); }
  void send(router::link_id to, link::to_node message) override;
  void tick(instant now);
  void publish();

  net::core& core_;
  router::router router_;
  direct_outlet own_outlet_{router_};
  router::client_list clients_;
  load_report report_;
  cells cells_;
  std::vector<std::function<bool(link::to_node&&)>> nodes_;
  net::mailbox<feed::event> feed_;
  net::mailbox<from_node> from_nodes_;
  net::mailbox<question> questions_;
};

}  // namespace blotter::serve
