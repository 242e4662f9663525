#include "serve/autoscaler_cells.hpp"

#include <string>

namespace blotter::serve {

namespace {

void set(metrics::counter& cell, std::uint64_t now) {
  cell.add(now - cell.value());
}

metrics::gauge& nodes(metrics::registry& all, const char* state) {
  return all.add_gauge(
      {"blotter_scale_nodes", "Nodes: wanted, wanted if there were no bounds, and as they are."},
      {{"state", state}});
}

metrics::counter& node_seconds(metrics::registry& all, const char* of) {
  return all.add_counter({.name = "blotter_scale_node_seconds_total",
                          .help = "Nodes times seconds: used, and what perfect foresight would have used.",
                          .unit = "seconds"},
                         {{"of", of}});
}

}  // namespace

autoscaler_cells::autoscaler_cells(metrics::registry& all)
    : wanted_(nodes(all, "wanted")),
      unbounded_(nodes(all, "unbounded")),
      serving_(nodes(all, "serving")),
      awaited_(nodes(all, "awaited")),
      leaving_(nodes(all, "leaving")),
      load_(all.add_gauge({"blotter_scale_load", "Load, in nodes that are wholly busy."})),
      expected_(all.add_gauge({"blotter_scale_expected_load", "The greatest load that was reckoned with."})),
      decides_(
          all.add_gauge({"blotter_scale_decides", "1 while this autoscaler decides, 0 while it watches."})),
      used_(node_seconds(all, "used")),
      foresight_(node_seconds(all, "foresight")),
      given_up_(all.add_counter({"blotter_scale_given_up_total", "Nodes that were ordered and never came."})),
      failures_(
          all.add_counter({"blotter_scale_failures_total", "Failures to start nodes or take them away."})) {
  for (std::size_t i = 0; i < scale::causes; ++i)
    by_cause_[i] = &all.add_counter({"blotter_scale_decisions_total", "Decisions, by what settled them."},
                                    {{"cause", std::string(to_text(static_cast<scale::cause>(i)))}});
  for (std::size_t i = 1; i < scale::report_faults; ++i)
    by_fault_[i] =
        &all.add_gauge({"blotter_scale_reports_set_aside", "Reports of nodes that are not believed now."},
                       {{"fault", std::string(to_text(static_cast<scale::report_fault>(i)))}});
}

void autoscaler_cells::decided(const scale::decision& made) {
  by_cause_[static_cast<std::size_t>(made.why)]->add();
  wanted_.set(made.ordered.wanted);
  unbounded_.set(made.unbounded);
  serving_.set(made.serving);
  awaited_.set(made.awaited);
  leaving_.set(made.leaving);
  load_.set(made.load);
  expected_.set(made.expected_load);
  decides_.set(made.why == scale::cause::watching ? 0 : 1);
}

void autoscaler_cells::publish(const scale::autoscaler& now, const scale::actuator::standing& actuator) {
  for (std::size_t i = 1; i < scale::report_faults; ++i) by_fault_[i]->set(now.faults()[i]);
  set(used_, static_cast<std::uint64_t>(now.accounts().node_seconds()));
  set(foresight_, static_cast<std::uint64_t>(now.accounts().foresight_node_seconds()));
  set(given_up_, now.given_up());
  set(failures_, actuator.failures);
}

}  // namespace blotter::serve
