#include "sim/plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/random.hpp"

namespace blotter::sim {

namespace {

constexpr std::array all_fields{
    plan_field{"routers", &plan::routers},
    plan_field{"replicas", &plan::replicas},
    plan_field{"nodes", &plan::nodes},
    plan_field{"directory", &plan::directory},
    plan_field{"names_kept", &plan::names_kept},
    plan_field{"gateways", &plan::gateways},
    plan_field{"direct_percent", &plan::direct_percent},
    plan_field{"clients", &plan::clients},
    plan_field{"viewers", &plan::viewers},
    plan_field{"partitions", &plan::partitions},
    plan_field{"keys", &plan::keys},
    plan_field{"records", &plan::records},
    plan_field{"loaded", &plan::loaded},
    plan_field{"run_ms", &plan::run_ms},
    plan_field{"faults", &plan::faults},
    plan_field{"questions", &plan::questions},
    plan_field{"deletes_percent", &plan::deletes_percent},
    plan_field{"malformed_percent", &plan::malformed_percent},
    plan_field{"value_bytes", &plan::value_bytes},
    plan_field{"odd_keys", &plan::odd_keys},
    plan_field{"retention_ms", &plan::retention_ms},
    plan_field{"tombstones", &plan::tombstones},
    plan_field{"window_bytes", &plan::window_bytes},
    plan_field{"message_rows", &plan::message_rows},
    plan_field{"event_rows", &plan::event_rows},
    plan_field{"event_bytes", &plan::event_bytes},
    plan_field{"idle_ms", &plan::idle_ms},
    plan_field{"idle_tables", &plan::idle_tables},
    plan_field{"stuck_ms", &plan::stuck_ms},
    plan_field{"viewers_max", &plan::viewers_max},
    plan_field{"viewers_per_client_max", &plan::viewers_per_client_max},
    plan_field{"beat_s", &plan::beat_s},
    plan_field{"reopen_rate", &plan::reopen_rate},
    plan_field{"reopen_burst", &plan::reopen_burst},
    plan_field{"stream_window_bytes", &plan::stream_window_bytes},
    plan_field{"latency_us", &plan::latency_us},
    plan_field{"jitter_us", &plan::jitter_us},
    plan_field{"cut_percent", &plan::cut_percent},
    plan_field{"socket_bytes", &plan::socket_bytes},
    plan_field{"flight_bytes", &plan::flight_bytes},
    plan_field{"step_cost_us", &plan::step_cost_us},
    plan_field{"poll_ms", &plan::poll_ms},
    plan_field{"notice_ms", &plan::notice_ms},
    plan_field{"silence_ms", &plan::silence_ms},
    plan_field{"retry_ms", &plan::retry_ms},
    plan_field{"router_memory_bytes", &plan::router_memory_bytes},
    plan_field{"clock_ppm", &plan::clock_ppm},
};

class dice {
 public:
  explicit dice(std::uint64_t seed) : random_(seed) {}
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  std::uint32_t from(std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(random_.below(high - low + 1));
  }
  /// Mostly near `low`, now and then up to `high`: sizes.
  std::uint32_t small(std::uint32_t low, std::uint32_t high) {
    std::uint32_t top = low;
    while (top < high && !one_in(3)) top = std::min(high, top + std::max(1u, top / 2));
    return from(low, top);
  }

 private:
  random_source random_;
};

void draw_sizes(plan& life, dice& roll) {
  life.routers = roll.one_in(4) ? roll.from(1, 5) : roll.from(1, 2);
  life.nodes = roll.one_in(6) ? roll.from(1, 8) : roll.from(1, 2);
  life.clients = roll.small(1, 64);
  life.viewers = roll.small(1, 40);
  life.partitions = roll.small(1, 32);
  life.keys = roll.small(1, 40);
  life.records = roll.small(10, 600);
  life.loaded = roll.small(0, 200);
  life.run_ms = roll.one_in(3) ? roll.from(4000, 12'000) : roll.from(500, 4000);
  life.faults = roll.one_in(8) ? 0 : roll.small(1, 40);
  life.deletes_percent = roll.from(0, 60);
  life.malformed_percent = roll.one_in(3) ? roll.from(1, 20) : 0;
  life.value_bytes = roll.small(1, 300);
  life.odd_keys = roll.one_in(4);
  life.retention_ms = roll.from(1000, 3000);
}

/// Large tables and little room on the links: then windows fill.
void make_bulky(plan& life, dice& roll) {
  life.clients = roll.from(1, 2);
  life.keys = roll.from(20, 60);
  life.loaded = roll.from(100, 400);
  life.window_bytes = roll.from(100, 1000);
  life.jitter_us = life.latency_us;
}

void draw_limits(plan& life, dice& roll) {
  life.tombstones = roll.one_in(3) ? roll.from(0, 8) : 1000;
  life.window_bytes = roll.one_in(2) ? roll.from(100, 3000) : roll.from(3000, 100'000);
  life.message_rows = roll.small(1, 512);
  life.event_rows = roll.small(1, 512);
  life.event_bytes = roll.one_in(2) ? roll.from(1, 400) : roll.from(400, 64'000);
  life.idle_ms = roll.from(0, 2000);
  life.idle_tables = roll.small(0, 100);
  life.stuck_ms = roll.from(1000, 5000);
  life.viewers_max = roll.one_in(10) ? life.viewers : 1000;
  life.viewers_per_client_max = 1000;
  life.beat_s = roll.one_in(5) ? roll.from(2, 4) : 1;
}

void draw_world(plan& life, dice& roll) {
  life.latency_us = roll.one_in(3) ? roll.from(1000, 50'000) : roll.from(20, 1000);
  life.jitter_us = roll.from(0, life.latency_us);
  life.cut_percent = roll.one_in(2) ? 0 : roll.from(1, 100);
  life.socket_bytes = roll.one_in(2) ? roll.from(0, 300) : roll.from(300, 30'000);
  life.flight_bytes = roll.one_in(2) ? roll.from(50, 1000) : roll.from(1000, 100'000);
  life.step_cost_us = roll.from(1, 100);
  life.poll_ms = roll.from(5, 60);
  life.notice_ms = roll.from(0, 900);
  life.silence_ms = roll.from(800, 3000);
  life.retry_ms = roll.from(50, 1500);
  life.clock_ppm = roll.one_in(2) ? 0 : roll.from(0, 20'000);
}

void draw_replicas(plan& life, dice& roll) {
  if (roll.one_in(3)) life.routers = roll.from(2, 5);
  life.replicas = roll.one_in(3) ? 0 : roll.from(1, std::min(3u, life.routers));
}

void draw_gateways(plan& life, dice& roll) {
  if (!roll.one_in(3)) return;
  life.gateways = roll.from(1, 3);
  if (roll.one_in(2)) life.nodes = roll.from(1, 5);
  life.reopen_rate = roll.one_in(3) ? roll.from(20, 200) : 10'000;
  life.reopen_burst = roll.from(4, 100);
  life.stream_window_bytes = roll.one_in(2) ? roll.from(100, 3000) : 32'768;
}

void draw_direct(plan& life, dice& roll) {
  if (life.gateways == 0 || !roll.one_in(2)) return;
  life.direct_percent = roll.one_in(3) ? 100 : roll.from(20, 80);
}

/// Members are judged by seconds, so such lives are longer.
void draw_directory(plan& life, dice& roll) {
  if (!roll.one_in(3)) return;
  life.directory = roll.one_in(3) ? 2 : 1;
  if (life.directory == 2) life.router_memory_bytes = 0;
  life.names_kept = roll.one_in(2);
  life.routers = roll.one_in(3) ? roll.from(1, 5) : roll.from(2, 3);
  life.replicas = roll.from(1, std::min(3u, life.routers));
  life.nodes = std::min(life.nodes, 4u);
  life.run_ms = roll.from(4000, 20'000);
  life.faults = std::min(life.faults, 16u);
}

}  // namespace

plan draw_plan(std::uint64_t seed) {
  plan life = draw_plain_plan(seed);
  dice roll(seed * 0xBF58476D1CE4E5B9u + 5);
  draw_gateways(life, roll);
  dice other(seed * 0x94D049BB133111EBu + 9);
  draw_directory(life, other);
  dice third(seed * 0xD6E8FEB86659FD93u + 13);
  draw_direct(life, third);
  return life;
}

plan draw_plain_plan(std::uint64_t seed) {
  plan life;
  life.seed = seed;
  dice roll(seed * 0x9E3779B97F4A7C15u + 1);
  draw_sizes(life, roll);
  draw_limits(life, roll);
  draw_world(life, roll);
  if (roll.one_in(12)) make_bulky(life, roll);
  life.questions = roll.one_in(3) ? roll.small(1, 20) : 0;
  draw_replicas(life, roll);
  if (life.faults > 0 && roll.one_in(12)) life.router_memory_bytes = roll.small(500, 40'000);
  return life;
}

std::span<const plan_field> plan_fields() {
  return all_fields;
}

bool override_plan(plan& life, std::string_view text) {
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const auto equals = one.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view name = one.substr(0, equals);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(one.data() + equals + 1, one.data() + one.size(), value);
    if (error != std::errc{} || end != one.data() + one.size()) return false;
    if (name == "faults_kept") {
      life.faults_kept = value;
      continue;
    }
    const auto* field = std::ranges::find(all_fields, name, &plan_field::name);
    if (field == all_fields.end() || value > UINT32_MAX) return false;
    life.*field->number = static_cast<std::uint32_t>(value);
  }
  return true;
}

std::string plan_difference(const plan& life) {
  const plan drawn = draw_plan(life.seed);
  std::string text;
  const auto add = [&](std::string_view name, std::uint64_t value) {
    if (!text.empty()) text.push_back(',');
    text.append(name).append("=").append(std::to_string(value));
  };
  for (const plan_field& each : all_fields)
    if (life.*each.number != drawn.*each.number) add(each.name, life.*each.number);
  if (life.faults_kept != drawn.faults_kept) add("faults_kept", life.faults_kept);
  return text;
}

std::string describe(const plan& life) {
  std::string text;
  for (const plan_field& each : all_fields) {
    if (!text.empty()) text.push_back(' ');
    text.append(each.name).append("=").append(std::to_string(life.*each.number));
  }
  return text;
}

}  // namespace blotter::sim
