#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace blotter::sim {

/// All that distinguishes one life from another, as numbers: drawn from the seed, then perhaps overridden by
/// name (`--with nodes=1,records=20`), which is how a shrunk life is written down. The same plan always gives
/// the same life.
struct plan {
  std::uint64_t seed = 0;

  // Sizes.
  std::uint32_t routers = 1;
  std::uint32_t replicas = 0;  ///< routers that hold a partition; 0: all
  std::uint32_t nodes = 1;
  /// 0: partitions are given to routers and nodes know them all; 1: the directory decides; 2: and nothing but
  /// the directory fails.
  std::uint32_t directory = 0;
  std::uint32_t names_kept = 0;      ///< 1: a process that is started again has the name that it had
  std::uint32_t gateways = 0;        ///< 0: viewers connect to nodes
  std::uint32_t direct_percent = 0;  ///< of viewers that connect to nodes by a gateway's word and ticket
  std::uint32_t clients = 1;
  std::uint32_t viewers = 1;  ///< over all clients; some clients may have none
  std::uint32_t partitions = 1;
  std::uint32_t keys = 4;      ///< of each client
  std::uint32_t records = 50;  ///< appended while faults happen
  std::uint32_t loaded = 10;   ///< records that the log begins with
  std::uint32_t run_ms = 4000;
  std::uint32_t questions = 0;                    ///< for a client's rows, asked once
  std::uint32_t faults = 0;                       ///< 0 to 64; each is drawn from the seed and its number
  std::uint64_t faults_kept = ~std::uint64_t{0};  ///< bit i: fault i happens

  // What the log is like.
  std::uint32_t deletes_percent = 20;
  std::uint32_t malformed_percent = 0;
  std::uint32_t value_bytes = 10;
  std::uint32_t odd_keys = 0;  ///< 1: keys with quotes and other letters

  std::uint32_t retention_ms = 1000;  ///< compaction keeps deletes so long after it took what they delete

  // Limits of the cores.
  std::uint32_t tombstones = 1000;
  std::uint32_t window_bytes = 4000;
  std::uint32_t message_rows = 16;
  std::uint32_t event_rows = 16;
  std::uint32_t event_bytes = 1000;
  std::uint32_t idle_ms = 500;
  std::uint32_t idle_tables = 10;
  std::uint32_t stuck_ms = 3000;
  std::uint32_t viewers_max = 1000;
  std::uint32_t viewers_per_client_max = 1000;
  std::uint32_t beat_s = 1;
  std::uint32_t reopen_rate = 1000;  ///< of a gateway's streams, a second
  std::uint32_t reopen_burst = 100;
  std::uint32_t stream_window_bytes = 32'768;

  // The world.
  std::uint32_t latency_us = 500;
  std::uint32_t jitter_us = 200;
  std::uint32_t cut_percent = 10;         ///< of writes to viewers that arrive in pieces
  std::uint32_t socket_bytes = 500;       ///< beyond it a node is told to wait
  std::uint32_t flight_bytes = 2000;      ///< of a viewer's connection: what it has not taken yet
  std::uint32_t step_cost_us = 20;        ///< of a process for one message
  std::uint32_t poll_ms = 20;             ///< a source asks the log so often
  std::uint32_t notice_ms = 500;          ///< within it a source notices what became of its topic, below 1 s
  std::uint32_t silence_ms = 1500;        ///< after it the transport gives a silent connection up
  std::uint32_t retry_ms = 500;           ///< a viewer waits at most so long to come back
  std::uint32_t router_memory_bytes = 0;  ///< of a router's rows, until faults end; 0: no bound
  std::uint32_t clock_ppm = 0;            ///< clocks run fast or slow by up to so much

  /// Whether no fault at all happens: then speed and minimality are checked more strictly.
  bool calm() const { return faults == 0 || faults_kept == 0; }
};

/// A life for this seed: mostly small ones, two of everything show most faults.
plan draw_plan(std::uint64_t seed);
/// The same, with neither gateways nor a directory.
plan draw_plain_plan(std::uint64_t seed);

/// The numbers of a plan by name.
struct plan_field {
  std::string_view name;
  std::uint32_t plan::*number;
};
std::span<const plan_field> plan_fields();

/// Applies `name=value,name=value`; false when it names something that there is not.
[[nodiscard]] bool override_plan(plan& life, std::string_view text);
/// What distinguishes `life` from the one drawn for its seed, as `override_plan` reads it.
std::string plan_difference(const plan& life);
/// Everything, for people.
std::string describe(const plan& life);

}  // namespace blotter::sim
