#pragma once

#include <map>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "hazelcast/answer.hpp"

namespace blotter::hazelcast {

struct dialer_options {
  milliseconds retry_min{100};  ///< first ceiling of the time between two attempts; doubles with each failure
  milliseconds retry_max{1'000};  ///< short: a cluster that is back must have all of its clients within 2 s
  milliseconds refused_retry{10'000};  ///< ceiling after a refusal, which only people can mend
};

/// Whom to dial, and when again. Waits with full jitter (anywhere between nothing and a ceiling), so that the
/// clients of a cluster that comes back do not all come at once. Each address waits for itself: a member that
/// hangs delays no other.
class dialer {
 public:
  dialer(std::vector<address> seeds, dialer_options options, std::uint64_t seed);

  /// The members as the cluster names them now; the seeds stay.
  void learn(const std::vector<cluster_member>& members);
  bool knows(const address& where) const { return targets_.contains(where); }

  /// Those to be dialed now; each is then under way until it has `failed` or was `lost`.
  std::vector<address> due(instant now);
  enum class failure : std::uint8_t { passing, refused };
  void failed(const address& where, failure why, instant now);
  /// Its next failure is the first again: it took us, or is wanted no more.
  void succeeded(const address& where);
  /// Another way to a member that we are connected to: not again before the view changes or a connection is
  /// lost.
  void superfluous(const address& where);
  /// Tries what is superfluous again: a connection was lost.
  void reconsider(instant now);

 private:
  struct target {
    bool seed = false;
    bool member = false;
    bool under_way = false;
    bool parked = false;
    unsigned failures = 0;
    instant next{};
  };

  std::map<address, target> targets_;
  dialer_options options_;
  random_source chance_;
};

}  // namespace blotter::hazelcast
