#include "scenario/story.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "scale/sizing.hpp"

namespace blotter::scenario {

namespace {

using namespace std::chrono_literals;
using kind = happening::kind;

constexpr std::array<std::string_view, 8> names = {"trading_day",    "flash_crowd",      "hot_client",
                                                   "unequal",        "slow_node",        "join",
                                                   "leave_in_spike", "autoscaler_killed"};

/// A Friday: the four days before are days of work too.
constexpr wall_time friday{std::chrono::sys_days{std::chrono::year{2026} / 3 / 6}};

constexpr double at(double hour, double minute, double second = 0) {
  return 3'600 * hour + 60 * minute + second;
}

/// Row changes over the day, 1 in the first minute after the open: 20 times what they were 10 s before.
curve day_of_rows() {
  return curve({{at(0, 0), 0.01},  {at(6, 0), 0.01},   {at(7, 0), 0.02},   {at(9, 0), 0.04},
                {at(9, 30), 0.05}, {at(9, 30, 10), 1}, {at(9, 31), 0.9},   {at(9, 35), 0.6},
                {at(10, 0), 0.4},  {at(11, 30), 0.28}, {at(12, 0), 0.18},  {at(13, 0), 0.18},
                {at(14, 0), 0.25}, {at(15, 30), 0.32}, {at(15, 45), 0.45}, {at(15, 58), 0.6},
                {at(16, 0), 0.6},  {at(16, 1), 0.08},  {at(18, 0), 0.03},  {at(20, 0), 0.01}});
}

/// Who looks: most come within the hour before the open.
curve day_of_people() {
  return curve({{at(0, 0), 0.02},
                {at(6, 0), 0.03},
                {at(8, 0), 0.15},
                {at(9, 0), 0.35},
                {at(9, 15), 0.5},
                {at(9, 30), 0.9},
                {at(9, 40), 1},
                {at(11, 30), 0.8},
                {at(12, 30), 0.6},
                {at(14, 0), 0.8},
                {at(15, 30), 0.85},
                {at(16, 0), 0.9},
                {at(16, 15), 0.6},
                {at(17, 30), 0.2},
                {at(20, 0), 0.08},
                {at(24, 0), 0.02}});
}

std::uint32_t nodes_for_rows(const story& of, double rows) {
  const node_kind& usual = of.fleet.usual;
  return scale::nodes_for(rows / (usual.loops * usual.capacity), of.scale.target);
}

void open_with(story& told, std::uint32_t count) {
  told.nodes.assign(count, told.fleet.usual);
}

/// Every scenario begins without clients, who come within five minutes.
curve coming_to(double part) {
  return curve({{0, 0}, {300, part}});
}

double rows_of(const story& told, double nodes) {
  return nodes * told.fleet.usual.loops * told.fleet.usual.capacity;
}

/// The same load all the time; four in five of the clients are there.
story steady(std::uint32_t nodes, double utilization) {
  story told;
  told.begins = friday + 11h;
  told.scale.nodes_max = 32;
  told.crowd.presence = coming_to(0.8);
  told.crowd.load = rows_of(told, utilization * nodes) / 0.8;
  told.crowd.session = 1'800;
  open_with(told, nodes);
  told.nodes_for_highest = nodes;
  return told;
}

/// From a part of the trading day: `from` is its hour.
story market(double from, seconds length) {
  story told;
  told.begins = friday + std::chrono::round<milliseconds>(std::chrono::duration<double>(at(from, 0)));
  told.length = length;
  told.counted_from = 0s;
  told.crowd.load = 2'200'000;
  told.crowd.rows = day_of_rows().later(-at(from, 0));
  told.crowd.presence = day_of_people().later(-at(from, 0));
  told.scale.nodes_max = 32;
  told.scale.days.peaks = {*scale::parse_peak("mon-fri 09:30-10:00")};
  told.earlier_days = 2;
  open_with(told, 2);
  told.nodes_for_highest = nodes_for_rows(told, 0.95 * told.crowd.load);
  return told;
}

story trading_day() {
  story told = market(0, 24h);
  told.sentence = "24 hours: pre-open, an open of 20 times the load in 10 s, lunch, close, overnight";
  return told;
}

story flash_crowd() {
  story told = steady(4, 0.3);
  told.sentence = "five times the clients within 10 s, on no day before; they stay for 20 minutes";
  told.crowd.load = rows_of(told, 5 * 0.3 * 4) / 0.9;
  told.crowd.presence =
      curve({{0, 0}, {300, 0.18}, {1'200, 0.18}, {1'210, 0.9}, {2'400, 0.9}, {2'700, 0.18}});
  told.length = 3'600s;
  told.nodes_for_highest = nodes_for_rows(told, 0.9 * told.crowd.load);
  return told;
}

story hot_client() {
  story told = steady(8, 0.42);  // besides the hot client
  told.sentence = "one client with 2,000 viewers grows to 30 % of all rows within a minute";
  told.crowd.hot_part = 0.3;
  told.crowd.presence = coming_to(1);
  told.crowd.load = rows_of(told, 0.42 * 8);
  told.crowd.hot = curve({{0, 0.02}, {1'200, 0.02}, {1'260, 1}});
  return told;
}

story unequal() {
  story told = steady(7, 0.6);
  told.sentence = "three nodes of capacities 1 : 2 : 4";
  told.fixed = true;
  told.nodes.clear();
  for (const double times : {1.0, 2.0, 4.0})
    told.nodes.push_back({told.fleet.usual.loops, times * told.fleet.usual.capacity});
  return told;
}

story slow_node() {
  story told = steady(8, 0.5);
  told.sentence = "one of 8 nodes has a quarter of its speed from minute 20 to minute 40";
  told.happens = {{1'200s, kind::slow_node, 0, 0.25}, {2'400s, kind::quick_node, 0}};
  told.upset = 1'200s;
  return told;
}

story join() {
  story told = steady(4, 0.6);
  told.sentence = "a fifth node joins four in minute 20";
  told.fixed = true;
  told.happens = {{1'200s, kind::add_node}};
  told.upset = 1'200s;
  return told;
}

/// The hour and a half around the open; those who are there before it come 15 minutes earlier, all at once.
story the_open() {
  story told = market(8.75, 105min);
  told.counted_from = 900s;
  return told;
}

story leave_in_spike() {
  story told = the_open();
  told.sentence = "09:00 to 10:30; one node is killed 20 s after the open, two are drained at 60 s and 90 s";
  told.happens = {{2'720s, kind::kill_node, 1}, {2'760s, kind::drain_node, 2}, {2'790s, kind::drain_node, 3}};
  told.upset = 2'720s;
  return told;
}

story autoscaler_killed() {
  story told = the_open();
  told.sentence =
      "09:00 to 10:30; who decides is killed 20 s before nodes are started for the open, and at it";
  told.happens = {{1'780s, kind::kill_autoscaler}, {2'700s, kind::kill_autoscaler}};
  return told;
}

using teller = story (*)();
constexpr std::array<teller, names.size()> tellers = {
    trading_day, flash_crowd, hot_client, unequal, slow_node, join, leave_in_spike, autoscaler_killed};

}  // namespace

std::span<const std::string_view> story_names() {
  return names;
}

std::optional<story> story_named(std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  story told = tellers[static_cast<std::size_t>(found - names.begin())]();
  told.name = *found;
  return told;
}

}  // namespace blotter::scenario
