#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "link/redial.hpp"
#include "net/endpoint.hpp"
#include "net/link_hub.hpp"

namespace blotter::net {

struct link_target {
  std::string member;  ///< who must answer; empty for anybody
  endpoint at;
};

struct redial_options {
  link::redial::limits waits;
  /// A connection that is not there after this is given up: the system would try for two minutes.
  milliseconds connect_max{2'000};
  std::uint64_t seed = 0;  ///< of the waits: another one for each process
};

/// Keeps one link to one peer, for a core that calls it: connects, and when the link is lost connects again,
/// after a wait that grows with failures. At most one connection is there or being tried. On the core of
/// `links`, which outlives it.
class link_connector {
 public:
  link_connector(link_beginner& links, link_target target, redial_options options);
  /// Tries no more. A link that there is stays, for who destroys this knows whether it is to end.
  ~link_connector();
  link_connector(const link_connector&) = delete;
  link_connector& operator=(const link_connector&) = delete;

  void start();
  /// Tries no more, for good.
  void stop();

  const link_target& target() const;
  /// The number of the link that there is or is begun; `link_id::none` while there is none.
  link_id link() const;
  /// Connections that were tried.
  std::uint64_t tries() const;
  /// Why the last one failed or ended; empty while none has.
  const std::string& last_failure() const;

 private:
  struct state;
  std::shared_ptr<state> state_;  ///< shared with what is under way
};

}  // namespace blotter::net
