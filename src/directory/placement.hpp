#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "directory/member.hpp"
#include "directory/rendezvous.hpp"

namespace blotter::directory {

/// Starting values, to be measured: see each.
struct placement_options {
  /// No node gets a client while its load is over so many times the mean (consistent hashing with bounded
  /// loads: 1.1 to 1.5 is useful, below it few clients stay where their hash wants them).
  double bound = 1.25;
  /// The second of a client's nodes takes it only when the first has so many times its load: so nearly every
  /// client is on its first node, and is placed there again when all placements are lost.
  double preference = 1.1;
  /// A load report older than this says nothing: three periods.
  milliseconds report_age_max{3000};
  /// What a stream costs at least, in busy parts of a node's busiest loop: among idle nodes streams are
  /// counted.
  double stream_cost_min = 1.0 / 20'000;
  /// A node that joins a loaded cluster gets so many placements a second, of all gateways together, twice as
  /// many every `slow_start_doubles`, until it has half the mean load: else it would get every new stream,
  /// and all their snapshots, at once.
  double slow_start_rate = 200;
  milliseconds slow_start_doubles{5000};
};

/// Where one gateway puts clients. For each the first two nodes by weighted rendezvous over its id, of those
/// the first unless it is clearly more loaded; or the next of the same order that the bounds let have it. So
/// gateways agree, also without loads; and where they do not, the directory's put-if-absent decides between
/// them, and costs nothing but that the loser uses the winner's node.
///
/// Load is the busy part of a node's busiest loop by its own numbered reports, plus what this gateway has
/// placed since: a placement counts until a report two numbers later, the first one sure to have it.
///
/// Pure; a value of the gateway's core; bounded by nodes, and a number for each report in between.
class placement {
 public:
  explicit placement(placement_options options) : options_(options) {}

  /// All members as the directory has them now.
  void see(std::span<const member> all, instant now);
  /// Whether loads can be trusted to be of now. While they cannot, everybody takes the first node.
  void set_directory(bool reachable) { directory_reachable_ = reachable; }
  /// A node to be left alone, or not any more: this gateway has lost it, or takes it for sick. Unknown ones
  /// too.
  void set_suspect(const member_id& which, bool suspect);
  /// A node's share, in eighths (`weight_one`); 0 takes it out. To be changed rarely: it moves clients.
  void set_weight(const member_id& which, std::uint32_t eighths);

  enum class reason : std::uint8_t {
    first,        ///< its first node
    less_loaded,  ///< its second, with clearly less load
    bounded,      ///< one further on: those before it are full, or start slowly
    any,          ///< its first that has started: all are full
  };
  struct choice {
    member_id node;
    reason why;
  };
  /// None while there is no node that serves.
  std::optional<choice> choose(std::string_view client, instant now) const;
  /// A client was put on this node by this gateway.
  void placed(const member_id& which, instant now);

 private:
  struct node {
    std::uint64_t name = 0;
    std::uint32_t weight = weight_one;
    bool serving = false;
    bool settled = false;  ///< slow start is over
    load_report load = {};
    instant grew{};  ///< when its reports last did
    instant joined{};
    double allowance = 1;  ///< placements it may get now, while it is not settled
    instant allowed{};
    std::deque<std::pair<std::uint64_t, std::uint32_t>> own =
        {};  ///< placements, by the report last seen then
  };
  struct outlook {
    double mean = 0;         ///< load of a node of `weight_one`
    double stream_cost = 0;  ///< of a stream, in the mean
  };

  bool takes(const member_id& id, const node& one) const;
  bool knows_load(const node& one, instant now) const;
  outlook look(instant now) const;
  double load_of(const node& one, const outlook& over) const;
  bool has_room(const node& one, const outlook& over, instant now) const;
  bool starts_slowly(const node& one, instant now) const;
  double allowance(const node& one, instant now) const;
  void report(node& one, const load_report& load, instant now);
  void settle(instant now);

  placement_options options_;
  std::map<member_id, node> nodes_;
  std::set<member_id> suspects_;
  std::map<member_id, std::uint32_t> weights_;
  std::size_t gateways_ = 1;
  bool directory_reachable_ = true;
  bool seen_ = false;
};

}  // namespace blotter::directory
