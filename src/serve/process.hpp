#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "config/settings.hpp"
#include "feed/reject_ledger.hpp"
#include "http/server.hpp"
#include "metrics/registry.hpp"
#include "node/node.hpp"
#include "table/table_set.hpp"

// What the processes of all roles have in common.

namespace blotter::serve {

/// From the system's source: seeds, names.
std::uint64_t chance();
/// As the setting says, else made up: "node-3f2a81c0".
std::string member_name(const config::settings& s, const char* role);
unsigned core_count(const config::settings& s);
net::endpoint endpoint_of(const config::settings& s, const char* setting);
/// Where a core takes links: a port for each core from that of --link on, or any where that is 0.
net::endpoint link_endpoint(const config::settings& s, unsigned core);
/// What others are told of a port that listens at `at`: under --advertise where that is given.
std::string advertised(const config::settings& s, const net::endpoint& at);
http::server_options server_options_of(const config::settings& s);
/// Has the server listen as --http says, and gives where. Throws `config::refused` when the port cannot be
/// had.
net::endpoint listen(http::server& server, const config::settings& s);
/// With a seed of its own, so that nobody can choose keys that collide.
table::table_limits table_limits_of(const config::settings& s);
node::node_options node_options_of(const config::settings& s, const std::string& member);

/// Refused records as metrics: all, and by reason. Written by the main thread.
class reject_cells {
 public:
  explicit reject_cells(metrics::registry& all);
  void publish(const feed::reject_counters& from);

 private:
  metrics::counter& all_;
  std::vector<metrics::counter*> by_reason_;
};

/// The main thread of a process: waits for SIGINT or SIGTERM, has everything drain, and returns when that is
/// done or its time is over; a second signal ends it at once.
class main_loop {
 public:
  struct steps {
    std::function<void()> publish;  ///< each 100 ms until the drain
    std::function<void()> drain;
    std::function<bool()> drained;
  };
  explicit main_loop(milliseconds drain_max) : drain_max_(drain_max) {}
  void run(const char* role, steps what);
  /// Any thread: as if a signal had come, and with this exit code.
  void end(int code);
  int code() const { return code_; }

 private:
  void publish();
  void begin_drain();
  void look_for_end();

  const milliseconds drain_max_;
  const char* role_ = "";
  steps steps_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_{loop_, SIGINT, SIGTERM};
  boost::asio::steady_timer timer_{loop_};
  instant drain_until_{};
  int code_ = 0;
};

}  // namespace blotter::serve
