#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/home.hpp"
#include "sim/router_host.hpp"
#include "sim/topic.hpp"

namespace blotter::sim {

/// The oracle of who is there: knows which processes live, how the directory really is, and what each of them
/// makes of it.
class census final : public home_watcher {
 public:
  census(context& all, const grid& directory, const topic& log,
         const std::vector<std::unique_ptr<router_host>>& routers)
      : all_(all), directory_(directory), log_(log), routers_(routers) {}

  // home_watcher
  void began(home& one) override;
  void ended(home& one) override;
  void taken_for_dead(home& by, const directory::member_id& who) override;
  void taken_for_left(home& by, const directory::member_id& who) override;
  void gave_up(const home& by) override;
  void lost_name(home& of) override;

  /// Now and then: whose record grows is known to everybody whom the directory tells of it.
  void check_known() const;
  /// Whatever the directory has lost, who lives has had time to write again.
  bool has_all_records() const;
  /// At rest: who does not know who is there, or which partition too few routers serve; empty when all is
  /// well.
  std::string unsettled() const;

 private:
  const home* living(const directory::member_id& who) const;
  /// This process has had no trouble for so long, nor has its way to the directory.
  bool well(const home& one, milliseconds for_so_long) const;
  /// Its record has been in the map for so long, unless that lost it.
  bool renews(const home& one, milliseconds for_so_long) const;
  bool directory_well(milliseconds for_so_long) const;
  bool directory_silent_for(const home& by) const;
  /// It had no trouble for long, and has been without the directory.
  bool blind(const home& by) const;
  /// A process of this name has left, lately.
  bool has_left(const directory::member_id& who) const;
  std::string partition_without_router() const;

  context& all_;
  const grid& directory_;
  const topic& log_;
  const std::vector<std::unique_ptr<router_host>>& routers_;
  std::vector<home*> homes_;
  std::map<directory::member_id, instant> left_;  ///< names of those who have left, and when they ended
};

/// From the end of all faults until everybody knows everybody, and partitions are where they belong, at
/// most: until its client has found the directory, nobody's record may count for long, then those of the
/// dead must have stood still, and who has the name of one of them has to wait for that.
inline constexpr milliseconds settled_max{18'000};

}  // namespace blotter::sim
