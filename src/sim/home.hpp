#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "directory/holdings.hpp"
#include "directory/lease_keeper.hpp"
#include "sim/grid.hpp"
#include "sim/host.hpp"

namespace blotter::sim {

class home;

/// Who watches that everybody is rightly known: the oracle.
class home_watcher {
 public:
  virtual ~home_watcher() = default;
  virtual void began(home& one) = 0;
  virtual void ended(home& one) = 0;
  /// `by` takes this member for dead.
  virtual void taken_for_dead(home& by, const directory::member_id& who) = 0;
  /// `by` takes this member for gone by its own will.
  virtual void taken_for_left(home& by, const directory::member_id& who) = 0;
  /// The router `by` gives up partitions that it serves.
  virtual void gave_up(const home& by) = 0;
  /// Another process has its name, it is told.
  virtual void lost_name(home& of) = 0;
};

/// A process's place in the cluster, in one of its lives: the production directory on the simulated map, this
/// process as a member of it, and what a shell does with both.
class home {
 public:
  struct hooks {
    std::function<void()> changed;  ///< on the process's loop, soon after members changed
    std::function<void()> lost;     ///< another process has its name: this one must end
  };
  /// `number` of the process; the others outlive this.
  home(context& all, grid& in, home_watcher& watcher, host& at, std::uint32_t number, directory::member self,
       hooks told);
  ~home();

  /// On the process's loop, each 50 ms or more often.
  void tick();
  void share(const directory::feed_share& what);
  void drain();
  void leave();
  bool settled() const { return keeper_.settled(); }
  void set_connected(const directory::member_id& who, bool yes);

  const directory::member_id& id() const { return self_.id; }
  std::vector<directory::member> members() const { return keeper_.members(); }
  directory::sight sight() const {
    return keeper_.state().connected ? directory::sight::clear : directory::sight::lost;
  }
  const directory::lease_keeper& keeper() const { return keeper_; }
  const host& at() const { return at_; }
  grid::end& way() { return way_; }
  instant way_cut_until() const { return way_.cut_until(); }
  /// The greatest that it knows of its own name.
  std::uint64_t incarnation() const { return keeper_.view().incarnation(self_.id); }
  /// By connections, not by the directory.
  bool is_connected_to(const directory::member_id& who) const;
  instant began_at() const { return began_at_; }
  /// When it first wrote its record: who waits for its name has none.
  std::optional<instant> renews_since() const { return way_.wrote_at(); }
  bool leaving() const { return left_ || draining_; }
  bool left() const { return left_; }

 private:
  void deliver();
  void report();

  context& all_;
  home_watcher& watcher_;
  host& at_;
  directory::member self_;
  hooks told_;
  directory::lease_keeper keeper_;
  grid::end way_;
  std::vector<directory::member_id> connected_;
  instant began_at_;
  instant reported_{};
  std::uint64_t reports_ = 0;
  bool due_ = false;
  bool lost_ = false;
  bool draining_ = false;
  bool left_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace blotter::sim
