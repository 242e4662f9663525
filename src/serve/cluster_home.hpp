#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/newcomers.hpp"
#include "config/settings.hpp"
#include "directory/holdings.hpp"
#include "directory/topic_guard.hpp"
#include "hazelcast/cluster_directory.hpp"
#include "http/request.hpp"
#include "http/responder.hpp"
#include "metrics/registry.hpp"
#include "net/core.hpp"
#include "net/link_connector.hpp"
#include "net/link_hub.hpp"
#include "serve/membership.hpp"

namespace blotter::serve {

/// A process's place in a cluster: the directory in Hazelcast, this process as a member of it, and what is
/// known of the others. Lives on one core, or is used before that starts.
class cluster_home final : directory::listener {
 public:
  /// `on` and `cells` outlive this. Throws `config::refused` for a directory that can never be, and for files
  /// of links that cannot be used.
  cluster_home(net::core& on, const config::settings& s, const std::string& member, directory::role as,
               const metrics::registry& read, metrics::registry& cells);

  /// The cluster's name, by which links know each other.
  const std::string& cluster() const { return cluster_; }
  /// Greets as this member does, in TLS where it has certificates. The peer's deadlines are those of the
  /// link.
  net::link_hub_options link_options(directory::role as) const;

  /// `seen` is called soon after something changed. Before the core starts.
  void on_change(std::function<void()> seen) { seen_ = std::move(seen); }
  /// Another process has this one's name: `lost` is called, once, and this one must end.
  void on_lost(std::function<void()> lost) { lost_ = std::move(lost); }
  void serve(whereabouts at, wall_time now) { members_.serve(std::move(at), now); }
  void drain() { members_.drain(); }
  void leave() {
    leaving_ = true;
    members_.leave();
  }
  /// After `leave`: the directory knows, or cannot be told.
  bool left() const { return directory_.settled() || !directory_.state().connected; }

  hazelcast::cluster_directory& directory() { return directory_; }
  const directory::member_id& id() const { return members_.id(); }
  /// The living, without routers of another topic, which are counted and said.
  std::vector<directory::member> members();
  /// Of the feed, as far as this process knows: a router its own, any other that of the routers.
  const std::string& topic() const { return topic_.topic(); }
  directory::sight sight() const {
    return directory_.state().connected ? directory::sight::clear : directory::sight::lost;
  }
  /// Where the routers take links.
  std::vector<net::link_target> routers();
  /// A link to that member came or went. The directory takes nobody for dead to whom there is one.
  void linked(const std::string& member, bool yes);

  /// The cluster as JSON: all members and the directory's state; `more` is appended, with a comma before it.
  std::string json(std::string_view more) const;

 private:
  void hear(const directory::event& what) override;
  void report(instant now);
  void say_strangers();

  net::core& core_;
  const std::shared_ptr<net::link_tls> tls_;
  const std::string member_;
  std::string cluster_;
  hazelcast::cluster_directory directory_;
  membership members_;
  directory::topic_guard topic_;
  newcomers<directory::topic_guard::stranger> strangers_;
  metrics::counter& strangers_seen_;
  std::function<void()> seen_;
  std::function<void()> lost_;
  bool due_ = false;
  bool leaving_ = false;              ///< nothing is reported any more: the name may be another's already
  std::map<std::string, int> links_;  ///< by member
};

}  // namespace blotter::serve
