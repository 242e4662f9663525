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

/// A router on a core of its own, between a feed and the node cores of this process. What it decides,
/// `router::router` decides; this hands it events and time.
class router_core final : router::sink, feed::outlet {
 public:
  /// `cells` outlives this; registered here, so not sealed yet.
  router_core(router::router_options options, metrics::registry& cells);
  ~router_core();

  /// Links the node core number `link`, which takes messages by `to`. Before `start`; links are numbered from
  /// 0.
  void connect(std::function<bool(link::to_node&&)> to);
  /// Where the feed puts its events: blocks while the router has a bounded number of them to do.
  feed::outlet& outlet() { return *this; }

  /// Before `start`: has `what` called on the router's core each `period`.
  void every(milliseconds period, std::function<void(instant)> what) { core_.every(period, std::move(what)); }
  void start();
  /// The feed's `put` refuses from here on.
  void close_feed() { feed_.close(); }
  /// From another thread: nothing of it runs afterwards.
  void stop();

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

  bool put(feed::event what) override { return feed_.push_wait(std::move(what)); }
  void send(router::link_id to, link::to_node message) override;
  void flush();
  void tick(instant now);
  void publish();

  net::core core_;
  router::router router_;
  router::client_list clients_;
  load_report report_;
  cells cells_;
  std::vector<std::function<bool(link::to_node&&)>> nodes_;
  net::mailbox<feed::event> feed_;
  net::mailbox<from_node> from_nodes_;
  net::mailbox<question> questions_;
  bool flush_due_ = false;
};

}  // namespace blotter::serve
