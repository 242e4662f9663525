#include "serve/autoscaler_settings.hpp"

#include <optional>
#include <string_view>

namespace blotter::serve {

namespace {

using namespace config;
using namespace std::chrono_literals;

const std::vector<std::string> autoscaler = {"autoscaler"};

std::optional<std::string> refuse_peak(std::string_view text) {
  if (scale::parse_peak(text)) return std::nullopt;
  return "must be days, times and, where known, nodes: mon-fri 09:30-10:00, or sat,sun 20:00-22:30 6";
}

std::optional<std::string> refuse_day(std::string_view text) {
  if (scale::parse_day(text)) return std::nullopt;
  return "must be a day that exists: 2026-12-25";
}

std::vector<setting> bounds() {
  return {
      {"min", autoscaler, integer_type{2, 1, 10'000, "nodes"},
       "Nodes at least, whatever the load. With 1 there is none left while a lost one is replaced."},
      {"max", autoscaler, integer_type{8, 1, 10'000, "nodes"}, "Nodes at most, whatever the load."},
      {"cost", autoscaler, real_type{0, 0, 1e9, "a node and hour"},
       "What a node costs an hour, in whatever money: for --budget, and for what /v1/cluster says it cost."},
      {"budget", autoscaler, real_type{0, 0, 1e12, "an hour"},
       "What all nodes may cost an hour, by --cost. As many as it pays for are the most, if --max is not "
       "fewer. 0: "
       "no bound but --max."},
      {"target", autoscaler, real_type{0.65, 0.1, 0.85, "of a loop's time"},
       "How busy the busiest loop of a node may be. Fewer than five nodes may less, so that one can be lost "
       "at any "
       "moment: two may 0.43."},
      {"freshness", autoscaler, duration_type{1s, 10ms, 1h},
       "Rows that take longer through a node are late. That orders nodes only while those that are there "
       "have little "
       "time left: else the cause is elsewhere, and is said."},
      {"memory-bound", autoscaler, size_type{0, 0, std::uint64_t{1} << 50},
       "Memory that a node may have. The part of it that is used counts as the busy part of its time does. "
       "0: memory "
       "is not looked at."},
  };
}

std::vector<setting> times() {
  return {
      {"period", autoscaler, duration_type{15s, 200ms, 10min}, "From one decision to the next."},
      {"calm", autoscaler, duration_type{10min, 0s, 24h},
       "A node goes only when the others would have carried everything with ease for so long."},
      {"drain-period", autoscaler, duration_type{5min, 0s, 24h},
       "From one node that left to the next that goes."},
      {"warm-up", autoscaler, duration_type{30s, 0s, 1h},
       "After a node came none goes for so long: it has to get its share first."},
      {"start-timeout", autoscaler, duration_type{2min, 1s, 1h},
       "A node that was ordered and is not there after so long is given up, and another tried."},
      {"drain-timeout", autoscaler, duration_type{10min, 1s, 24h},
       "A node that was asked to leave and is still there after so long is asked again; of this machine, it "
       "is ended."},
      {"report-age", autoscaler, duration_type{3s, 1s, 5min},
       "A node's report that does not change for longer is not believed. They come each second."},
      {"trend", autoscaler, duration_type{5min, 0s, 24h},
       "Through how much of the past the line is drawn that says what is to come. 0: no trend."},
      {"lead", autoscaler, duration_type{90s, 0s, 1h},
       "How far ahead is ordered: the time that a node takes until it has its share."},
      {"days", autoscaler, integer_type{5, 0, 28, "days"},
       "Earlier days of its kind (of work, or not) whose load at this time is reckoned with. 0: none."},
      {"days-factor", autoscaler, real_type{1.3, 1, 10, "times"}, "On what those days had."},
      {"peak", autoscaler, list_type{';', "DAYS HH:MM-HH:MM [NODES]", refuse_peak},
       "A time of day with much more load than just before, as a market's open: `mon-fri 09:30-10:00`. Its "
       "nodes, as "
       "said here or by earlier days, are there 15 minutes before, and none goes from 30 minutes before. By "
       "the time "
       "zone of the process: set TZ=America/New_York for one in New York. Several by repeating the flag, or "
       "with ; "
       "between them."},
      {"holiday", autoscaler, list_type{',', "YYYY-MM-DD", refuse_day},
       "Days without peaks, which are no days of work. Several with commas between them."},
      {"history", autoscaler, text_type{"", "FILE"},
       "Where the load of the last four weeks is kept, for the next start to know it. Empty: nowhere."},
  };
}

std::vector<setting> means() {
  return {
      {"actuator", autoscaler, choice_type{"local", {"local", "command"}},
       "What makes nodes come and go. `local` runs `blotter node` on this machine: settings reach them by "
       "the "
       "environment (BLOTTER_CORES) and by --config. `command` runs --command."},
      {"command", autoscaler, text_type{"", "COMMAND"},
       "Run by /bin/sh with the number of nodes that are wanted, and behind it the one that is to leave, "
       "where one "
       "is; also as SCALE_WANTED and SCALE_DRAINED. It has that one asked to leave (SIGTERM), so that it "
       "hands its "
       "viewers over, and leaves all others alone. It may be run twice with the same."},
      {"command-timeout", autoscaler, duration_type{30s, 1s, 1h},
       "The command is killed after so long, with all that it started, and run again later."},
      {"nodes-dir", autoscaler, text_type{"", "FOLDER"},
       "Where logs of the nodes of this machine are kept, and which they are: they live on when the "
       "autoscaler ends, "
       "and the next one with this folder has them again. Empty: blotter/nodes below $XDG_STATE_HOME or "
       "~/.local/state."},
  };
}

scale::calendar calendar_of(const config::settings& s) {
  scale::calendar all;
  for (const std::string& each : s.list("peak")) all.peaks.push_back(*scale::parse_peak(each));
  for (const std::string& each : s.list("holiday")) all.holidays.push_back(*scale::parse_day(each));
  return all;
}

}  // namespace

std::vector<setting> autoscaler_settings() {
  std::vector<setting> all = bounds();
  for (auto&& some : {times(), means()}) all.insert(all.end(), some.begin(), some.end());
  return all;
}

scale::scale_settings scale_settings_of(const config::settings& s) {
  scale::scale_settings all;
  all.nodes_min = static_cast<std::uint32_t>(s.integer("min"));
  all.nodes_max = static_cast<std::uint32_t>(s.integer("max"));
  all.cost_per_node_hour = s.real("cost");
  all.budget_per_hour = s.real("budget");
  all.target = s.real("target");
  all.freshness_objective = s.duration("freshness");
  all.memory_bound = s.size("memory-bound");
  all.period = s.duration("period");
  all.calm_time = s.duration("calm");
  all.drain_period = s.duration("drain-period");
  all.warm_up = s.duration("warm-up");
  all.start_timeout = s.duration("start-timeout");
  all.drain_timeout = s.duration("drain-timeout");
  all.report_age_max = s.duration("report-age");
  all.trend_window = s.duration("trend");
  all.lead = s.duration("lead");
  all.comparable_days = static_cast<unsigned>(s.integer("days"));
  all.history_factor = s.real("days-factor");
  all.days = calendar_of(s);
  if (const auto problem = scale::problem_of(all)) throw config::refused("autoscaler", *problem);
  if (s.text("actuator") == "command" && s.text("command").empty())
    throw config::refused("--command", "is needed by --actuator command");
  return all;
}

}  // namespace blotter::serve
