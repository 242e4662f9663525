#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "directory/directory.hpp"
#include "metrics/registry.hpp"

namespace blotter::serve {

/// Where a process is reached; empty where it is not.
struct whereabouts {
  std::string address;            ///< host:port of its HTTP surface
  std::string link_address = {};  ///< where it takes links; see `directory::member`
  std::string url = {};           ///< see there too
  std::string topic = {};         ///< and there
};

/// This process as a member of the cluster: joins the directory and reports its load each second, from its
/// own metrics. Lives on the directory's core.
class membership {
 public:
  /// `in` and `cells` outlive this. `id` is a member's name by the rules of the settings. With `viewers_max`
  /// viewers it is full.
  membership(directory::directory& in, std::string_view id, std::vector<directory::role> roles,
             const metrics::registry& cells, std::uint64_t viewers_max);

  /// The process serves from here on.
  void serve(whereabouts at, wall_time now);
  /// Once a second. An error: another process is this member, and this one must end.
  [[nodiscard]] result<void> report(instant now);
  void drain();
  void leave() { directory_.leave(self_.id); }

  const directory::member_id& id() const { return self_.id; }
  std::vector<directory::member> members() const { return directory_.members(); }

 private:
  directory::directory& directory_;
  directory::member self_;
  const metrics::registry& cells_;
  const std::uint64_t viewers_max_;
  instant reported_{};
  double rows_before_ = 0;
  metrics::distribution flushes_before_;
};

/// The first series of a metric, or 0 where there is none.
double value_of(const std::vector<metrics::family_reading>& all, std::string_view name);

}  // namespace blotter::serve
