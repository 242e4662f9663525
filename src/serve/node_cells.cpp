#include "serve/node_cells.hpp"

namespace blotter::serve {

namespace {

void set(metrics::counter& cell, std::uint64_t now) {
  cell.add(now - cell.value());
}

}  // namespace

node_cells::node_cells(metrics::registry& all)
    : viewers_(all.add_gauge({"blotter_viewers", "Viewers that are connected."})),
      tables_(all.add_gauge({"blotter_node_clients", "Clients whose table is held for viewers."})),
      rows_(all.add_gauge({"blotter_node_rows", "Rows held for viewers."})),
      busy_(all.add_gauge({.name = "blotter_core_busy_ratio",
                           .help = "Share of the last second in which the busiest serving loop ran.",
                           .unit = "ratio",
                           .over_cells = metrics::combine::max})),
      delay_(all.add_gauge({.name = "blotter_core_delay_seconds",
                            .help = "Longest wait for a serving loop in the last second.",
                            .unit = "seconds",
                            .over_cells = metrics::combine::max})),
      events_(all.add_counter({"blotter_events_sent_total", "Writes of whole events to viewers."})),
      sent_rows_(all.add_counter(
          {"blotter_rows_sent_total", "Rows sent; one for many viewers counts once a text."})),
      bytes_(all.add_counter(
          {.name = "blotter_sent_bytes_total", .help = "Bytes of events sent.", .unit = "bytes"})),
      opened_(all.add_counter({"blotter_viewers_opened_total", "Viewers that connected."})),
      resumed_(
          all.add_counter({"blotter_viewers_resumed_total", "Viewers that went on where they had stopped."})),
      stuck_(all.add_counter({"blotter_viewers_stuck_total", "Viewers let go because they read nothing."})),
      refused_(all.add_counter({"blotter_viewers_refused_total", "Viewers beyond a limit."})),
      received_(all.add_counter({"blotter_node_rows_received_total", "Rows that the router sent."})),
      flush_(all.add_histogram({.name = "blotter_flush_seconds",
                                .help = "From rows that came to the end of the flush that sent them.",
                                .unit = "seconds",
                                .per_unit = 1e9})) {
  for (std::size_t i = 0; i < resets_.size(); ++i)
    resets_[i] = &all.add_counter({"blotter_viewer_resets_total", "Viewers that had to forget their rows."},
                                  {{"reason", std::string(sse::name(static_cast<sse::reset_reason>(i)))}});
}

void node_cells::publish(const node::node& from, const net::core_load& load) {
  viewers_.set(static_cast<double>(from.viewers()));
  tables_.set(static_cast<double>(from.tables().tables()));
  rows_.set(static_cast<double>(from.tables().rows()));
  busy_.set(load.busy);
  delay_.set(std::chrono::duration<double>(load.worst_delay).count());
  const node::node_counters& now = from.counters();
  set(events_, now.events_sent);
  set(sent_rows_, now.rows_sent);
  set(bytes_, now.bytes_sent);
  set(opened_, now.viewers_opened);
  set(resumed_, now.viewers_resumed);
  set(stuck_, now.viewers_stuck);
  set(refused_, now.viewers_refused);
  set(received_, now.rows_received);
  for (std::size_t i = 0; i < resets_.size(); ++i) set(*resets_[i], now.resets[i]);
}

}  // namespace blotter::serve
