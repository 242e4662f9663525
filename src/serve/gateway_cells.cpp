#include "serve/gateway_cells.hpp"

#include <algorithm>

namespace blotter::serve {

namespace {

void set(metrics::counter& cell, std::uint64_t now) {
  cell.add(now - cell.value());
}

std::uint64_t ns(milliseconds time) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(std::max(time, milliseconds(0))).count());
}

}  // namespace

gateway_cells::gateway_cells(metrics::registry& all)
    : viewers_(all.add_gauge({"blotter_viewers", "Viewers that are connected."})),
      busy_(all.add_gauge({.name = "blotter_core_busy_ratio",
                           .help = "Share of the last second in which the busiest serving loop ran.",
                           .unit = "ratio",
                           .over_cells = metrics::combine::max})),
      delay_(all.add_gauge({.name = "blotter_core_delay_seconds",
                            .help = "Longest wait for a serving loop in the last second.",
                            .unit = "seconds",
                            .over_cells = metrics::combine::max})),
      passed_(all.add_counter({"blotter_gateway_events_passed_total", "Writes of whole events to viewers."})),
      bytes_(all.add_counter({.name = "blotter_gateway_passed_bytes_total",
                              .help = "Bytes of events passed on.",
                              .unit = "bytes"})),
      opened_(all.add_counter({"blotter_viewers_opened_total", "Viewers that connected."})),
      refused_(all.add_counter({"blotter_viewers_refused_total", "Viewers beyond a limit."})),
      overloaded_(all.add_counter(
          {"blotter_gateway_overloaded_total", "Viewers sent away because no node would have them."})),
      stuck_(all.add_counter({"blotter_viewers_stuck_total", "Viewers let go because they read nothing."})),
      streams_(all.add_counter({"blotter_gateway_streams_opened_total", "Streams opened at nodes."})),
      stale_(all.add_counter(
          {"blotter_gateway_told_stale_total", "Times a viewer was told that it may be behind."})),
      suspicions_(all.add_counter({"blotter_gateway_suspicions_total", "Links to nodes that fell silent."})),
      taken_back_(all.add_counter(
          {"blotter_gateway_suspicions_taken_back_total", "Silent links to nodes that were heard again."})),
      self_suspicions_(all.add_counter({"blotter_gateway_self_suspicions_total",
                                        "Times most nodes were silent at once, so that it was us."})),
      resets_(all.add_counter(
          {"blotter_gateway_resets_total", "Viewers that had to begin anew for want of a bookmark."})),
      broken_(all.add_counter({"blotter_gateway_events_broken_total",
                               "Events that were not whole and dropped with their link."})),
      proposals_(all.add_counter({"blotter_gateway_proposals_total",
                                  "Times that the directory was asked which node has a client."})),
      proposals_lost_(all.add_counter({"blotter_gateway_proposals_lost_total",
                                       "Proposals of a node for a client that another node has."})),
      proposals_replacing_(
          all.add_counter({"blotter_gateway_proposals_replacing_total",
                           "Proposals of a node in place of one that leaves, has gone or is slow."})),
      proposals_dropped_(all.add_counter(
          {"blotter_gateway_proposals_dropped_total", "Proposals put off because too many waited."})),
      proposals_failed_(all.add_counter(
          {"blotter_gateway_proposals_failed_total", "Proposals of which it is not known what became."})) {
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    const metrics::label_set why{{"cause", std::string(gateway::name(static_cast<gateway::cause>(i)))}};
    ways_[i] = {
        &all.add_counter({"blotter_gateway_reroutes_total", "Streams that went to another node."}, why),
        &all.add_histogram({.name = "blotter_gateway_reroute_seconds",
                            .help = "From a loss noticed to the new stream's first event.",
                            .unit = "seconds",
                            .per_unit = 1e9},
                           why),
        &all.add_histogram({.name = "blotter_gateway_gap_seconds",
                            .help = "From the old stream's last good sign until all was there again.",
                            .unit = "seconds",
                            .per_unit = 1e9},
                           why)};
  }
}

void gateway_cells::publish(const gateway::gateway& from, const net::core_load& load) {
  viewers_.set(static_cast<double>(from.viewers()));
  busy_.set(load.busy);
  delay_.set(std::chrono::duration<double>(load.worst_delay).count());
  const gateway::gateway_counters& now = from.counters();
  set(passed_, now.events_passed);
  set(bytes_, now.bytes_passed);
  set(opened_, now.viewers_opened);
  set(refused_, now.viewers_refused);
  set(overloaded_, now.viewers_overloaded);
  set(stuck_, now.viewers_stuck);
  set(streams_, now.streams_opened);
  set(stale_, now.told_stale);
  set(suspicions_, now.suspicions);
  set(taken_back_, now.suspicions_taken_back);
  set(self_suspicions_, now.self_suspicions);
  set(resets_, now.resets);
  set(broken_, now.events_broken);
  set(proposals_, now.proposals);
  set(proposals_lost_, now.proposals_lost);
  set(proposals_replacing_, now.proposals_replacing);
  set(proposals_dropped_, now.proposals_dropped);
  set(proposals_failed_, now.proposals_failed);
  for (std::size_t i = 0; i < ways_.size(); ++i) set(*ways_[i].count, now.reroutes[i]);
}

void gateway_cells::record(const gateway::reroute& what) {
  const way& mine = ways_[static_cast<std::size_t>(what.why)];
  mine.taken->record(ns(what.taken));
  mine.gap->record(ns(what.gap));
}

}  // namespace blotter::serve
