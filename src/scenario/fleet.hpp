#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "directory/member.hpp"
#include "scenario/ages.hpp"
#include "scenario/crowd.hpp"
#include "scenario/loop_queue.hpp"

namespace blotter::scenario {

using node_number = std::uint32_t;

struct node_kind {
  unsigned loops = 2;
  double capacity = 100'000;  ///< rows sent a second, of each loop
};

struct fleet_settings {
  node_kind usual = {};                ///< of nodes that are ordered
  double burst = 200;                  ///< rows; see loop_queue.hpp
  double resume_rows = 20;             ///< that a viewer is sent once more when it goes on elsewhere
  milliseconds start_time{20'000};     ///< from the order until it serves
  milliseconds drain_time{60'000};     ///< viewers are handed over in 0.6 of it
  milliseconds noticed_after{1'000};   ///< the end of a node that is killed, by gateways
  double reopened_per_second = 5'000;  ///< viewers of killed nodes, by all gateways together
  unsigned gateways = 2;
};

/// Where some of a client's viewers are; all of them, but where it is split.
struct part {
  node_number node = 0;
  std::uint32_t viewers = 0;
};

/// Rows, and nothing is lost: offered + snapshots + resumed = sent + conflated + dropped + waiting.
struct row_counts {
  double offered = 0;    ///< changes of rows, once for each viewer
  double snapshots = 0;  ///< for viewers that came
  double resumed = 0;    ///< once more, for viewers that went on elsewhere
  double sent = 0;
  double conflated = 0;
  double dropped = 0;  ///< nobody waits for them any more
};

/// Why viewers are on another node than before.
enum class reason_to_move : std::uint8_t { balance, drain, loss };
inline constexpr std::size_t reasons_to_move = 3;

/// The nodes with the clients on them, and what that makes of the rows' way. Decides nothing: others start
/// nodes, drain them and say which client goes where. A viewer that moves is sent what it has not got, and
/// `resume_rows` more; who is on a node that is killed waits until gateways notice, and its rows grow old.
///
/// Node numbers are never used again. Client rates are whole numbers, so that sums of loads are exact however
/// often clients come and go.
class fleet {
 public:
  /// `clients` outlives it.
  fleet(fleet_settings settings, const std::vector<client>& clients);

  // Nodes.
  /// From `now` on it is paid for; it serves after `takes`.
  node_number start(node_kind kind, instant now, milliseconds takes);
  void drain(node_number which, instant now);
  /// At once, or never started.
  void kill(node_number which, instant now);
  /// Its loops do so much of what they could.
  void set_speed(node_number which, double speed) { nodes_[which].speed = speed; }
  /// Those whose time has come serve; those that have handed over all leave.
  void settle(instant now);

  // Clients.
  void connect(client_number who, node_number to);
  void leave(client_number who);
  /// At most as many `viewers` as it has there; false where it has none, or `to` does not serve.
  bool move(client_number who, node_number from, node_number to, std::uint32_t viewers, reason_to_move why);

  using chooser = std::function<std::optional<node_number>(client_number)>;
  /// The pace of all drains for this second.
  void hand_over(const chooser& where, instant now);
  /// Those of killed nodes who are to be placed again in this second.
  void rehome(const chooser& where, const factors& busy, instant now, ages& into);

  /// A second of work. Reports are renewed; how old rows were is added to `into`.
  void work(const factors& busy, ages& into);

  // What there is.
  enum class phase : std::uint8_t { starting, serving, draining, gone };
  struct node {
    node_kind kind;
    double speed = 1;
    phase is = phase::starting;
    instant up{};     ///< when it serves, or did from
    instant asked{};  ///< to leave
    std::uint64_t viewers = 0;
    std::uint32_t clients = 0;
    double busy = 0;           ///< of its busiest loop, in the last second
    double mean = 0;           ///< of its loops: what is called its CPU
    milliseconds response{0};  ///< of its slowest loop, in the mean of the last second
    struct loop {
      std::array<std::int64_t, groups> rates{};  ///< of its viewers, in thousandths a second
      std::int64_t tables = 0;
      double backlog = 0;
    };
    std::vector<loop> loops = {};
    std::vector<client_number> leaving = {};  ///< still to be handed over, last first
    double pace = 0;                          ///< viewers a second
    double capacity() const { return kind.loops * kind.capacity * speed; }
  };
  const std::vector<node>& nodes() const { return nodes_; }
  /// Those that take clients, in the order of their numbers.
  const std::vector<node_number>& serving() const { return serving_; }
  /// How many are paid for: all that were ordered and are not gone.
  std::uint32_t paid() const { return paid_; }
  std::uint32_t starting() const { return starting_; }
  std::uint64_t connected() const { return connected_; }  ///< clients
  std::size_t waiting_for_a_node() const { return held_.size(); }

  /// As the directory shows it: gateways, and nodes that serve or drain, with their reports.
  const std::vector<directory::member>& members() const { return members_; }
  static std::optional<node_number> number_of(const directory::member_id& id);
  const std::vector<part>& places(client_number who) const { return places_[who]; }
  const std::vector<client>& clients() const { return clients_; }
  const fleet_settings& settings() const { return settings_; }

  const row_counts& rows() const { return rows_; }
  double waiting() const;  ///< rows
  std::uint64_t moves(reason_to_move why) const { return moves_[static_cast<std::size_t>(why)]; }

 private:
  struct held {
    client_number who;
    std::uint32_t viewers;
    instant since;
  };
  node::loop& loop_of(client_number who, node_number on);
  void put(client_number who, node_number on, std::uint32_t viewers);
  double take(client_number who, node_number from, std::uint32_t viewers);
  void add_backlog(client_number who, node_number on, double rows);
  void end(node_number which);
  void list();
  void work(node& one, directory::load_report& report, const factors& busy, ages& into);

  fleet_settings settings_;
  const std::vector<client>& clients_;
  std::vector<node> nodes_;
  std::vector<node_number> serving_;
  std::vector<directory::member> members_;
  std::vector<std::vector<part>> places_;
  std::vector<held> held_;
  row_counts rows_;
  std::array<std::uint64_t, reasons_to_move> moves_{};
  std::uint64_t connected_ = 0;
  std::uint32_t paid_ = 0;
  std::uint32_t starting_ = 0;
};

}  // namespace blotter::scenario
