#include "serve/router_core.hpp"

#include "base/check.hpp"

namespace blotter::serve {

namespace {

/// Batches that wait for the router: with 256 KiB a batch, a bound of 16 MiB.
constexpr std::size_t feed_events_max = 64;
/// The nodes' messages are few: requests of viewers, and one word of thanks for each message of rows.
constexpr std::size_t node_messages_max = 1 << 22;
constexpr std::size_t questions_max = 1024;
constexpr milliseconds tick_period{25};

}  // namespace

router_core::cells::cells(metrics::registry& all)
    : rows(all.add_gauge({"blotter_router_rows", "Rows that the router holds."})),
      tables(all.add_gauge({"blotter_router_clients", "Clients that the router has rows or deletes of."})),
      tombstones(all.add_gauge({"blotter_router_tombstones", "Deletes that the router remembers."})),
      subscriptions(all.add_gauge({"blotter_router_subscriptions", "Clients that nodes are sent rows of."})),
      current(
          all.add_gauge({"blotter_feed_current", "1 while the router is at the end of the feed, else 0."})),
      partitions(all.add_gauge({"blotter_feed_partitions", "Partitions of the feed."})),
      partitions_caught_up(
          all.add_gauge({"blotter_feed_partitions_caught_up", "Partitions of the feed that are loaded."})),
      applied(all.add_counter({"blotter_feed_changes_total", "Row changes that took effect."})),
      outdated(all.add_counter(
          {"blotter_feed_outdated_total", "Row changes that were older than what the router had."})),
      forgotten(
          all.add_counter({"blotter_router_tombstones_forgotten_total", "Deletes that were forgotten."})) {}

router_core::router_core(net::core& on, router::router_options options, metrics::registry& all)
    : core_(on),
      router_(options, *this),
      cells_(all),
      feed_(core_.loop(), feed_events_max, 4,
            [this](feed::event&& what) { router_.handle(what, std::chrono::steady_clock::now()); }),
      from_nodes_(core_.loop(), node_messages_max, 256,
                  [this](from_node&& from) {
                    router_.received(router::link_id{from.link}, std::move(from.message),
                                     std::chrono::steady_clock::now());
                  }),
      questions_(core_.loop(), questions_max, 16, [this](question&& what) { what(*this); }) {
  core_.every(tick_period, [this](instant now) { tick(now); });
}

void router_core::connect(std::function<bool(link::to_node&&)> to) {
  nodes_.push_back(std::move(to));
}

void router_core::start() {
  core_.post([this] {
    for (unsigned link = 0; link < nodes_.size(); ++link)
      router_.link_up(router::link_id{link}, std::chrono::steady_clock::now());
  });
}

bool router_core::direct_outlet::put(feed::event what) {
  to.handle(what, std::chrono::steady_clock::now());
  return true;
}

void router_core::send(router::link_id to, link::to_node message) {
  // Rows are bounded by the window and the rest by what the node asked for: a full mailbox is a defect.
  check(nodes_[static_cast<std::uint32_t>(to)](std::move(message)));
}

router::client_page router_core::clients(std::string_view prefix, std::string_view after, std::size_t limit) {
  return clients_.page(router_.tables(), prefix, after, limit, std::chrono::steady_clock::now());
}

void router_core::tick(instant now) {
  router_.tick(now);
  report_.look(router_.state(), now);
  publish();
}

void router_core::publish() {
  const router::router_state& state = router_.state();
  const table::table_set& tables = router_.tables();
  cells_.rows.set(static_cast<double>(tables.rows()));
  cells_.tables.set(static_cast<double>(tables.tables()));
  cells_.tombstones.set(static_cast<double>(tables.tombstones()));
  cells_.subscriptions.set(static_cast<double>(router_.subscriptions()));
  cells_.current.set(state.phase == router::router_state::feed_phase::current ? 1 : 0);
  cells_.partitions.set(state.partitions);
  cells_.partitions_caught_up.set(state.partitions_caught_up);
  cells_.applied.add(state.changes_applied - cells_.applied.value());
  cells_.outdated.add(state.changes_outdated - cells_.outdated.value());
  cells_.forgotten.add(tables.tombstones_forgotten() - cells_.forgotten.value());
}

}  // namespace blotter::serve
