#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "directory/local_directory.hpp"
#include "metrics/registry.hpp"

namespace blotter::serve {

/// This process as a member of the cluster: joins the directory and reports its load each second, from its
/// own metrics. Lives on the router's core. The directory is the one of a single process.
class membership {
 public:
  /// `cells` outlives this. `id` is a member's name by the rules of the settings.
  membership(std::string_view id, const metrics::registry& cells);

  /// The process serves from here on, at `address`.
  void serve(std::string address, wall_time now);
  /// Once a second.
  void report(instant now);
  void drain();

  std::vector<directory::member> members() const { return directory_.members(); }

 private:
  directory::local_directory directory_;
  directory::member self_;
  const metrics::registry& cells_;
  instant reported_{};
  double rows_before_ = 0;
};

/// The first series of a metric, or 0 where there is none.
double value_of(const std::vector<metrics::family_reading>& all, std::string_view name);

}  // namespace blotter::serve
