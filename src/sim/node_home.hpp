#pragma once

#include <map>
#include <span>

#include "sim/home.hpp"

namespace blotter::sim {

class node_host;
class wire;

/// A node's place in the cluster: it links to the routers that the directory names.
class node_home {
 public:
  node_home(context& all, grid& in, home_watcher& watcher, node_host& at, std::span<wire* const> ways,
            std::uint32_t number, directory::member self);
  ~node_home();

  void tick() { home_.tick(); }
  void linked(const wire& way, std::uint32_t link);
  void unlinked(std::uint32_t link);
  home& at_home() { return home_; }
  const home& at_home() const { return home_; }

 private:
  void see();

  context& all_;
  node_host& host_;
  std::span<wire* const> ways_;
  std::map<std::uint32_t, directory::member_id> peers_;  ///< by link
  home home_;
};

}  // namespace blotter::sim
