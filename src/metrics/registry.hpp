#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/cell.hpp"
#include "metrics/histogram.hpp"

namespace blotter::metrics {

/// Label names and values of one series, as in {{"reason", "not_json"}}. Values come from a closed set that
/// we wrote: never a client's id or anything else from outside.
using label_set = std::vector<std::pair<std::string, std::string>>;
inline constexpr std::size_t series_max = 64;       ///< of one family
inline constexpr std::size_t label_size_max = 128;  ///< of a label's value, in bytes

enum class metric_kind { counter, gauge, histogram };

/// How the cells of one series, one a writer, make one number.
enum class combine { sum, max };

/// What a family of metrics is: one name, one meaning, any number of label sets.
struct description {
  /// `blotter_` and words of [a-z0-9_]; ends in its unit, and a counter's in `_total` behind that.
  std::string name;
  /// One sentence for people.
  std::string help;
  /// `seconds`, `bytes`; empty for a plain number of things.
  std::string unit = {};
  /// How many recorded numbers make one unit: 1e9 for seconds that are recorded in nanoseconds. Histograms
  /// only.
  double per_unit = 1;
  /// For gauges; counters and histograms are always added up.
  combine over_cells = combine::sum;
};

struct series_reading {
  metrics::label_set labels;
  double value = 0;     ///< of a counter or gauge
  distribution spread;  ///< of a histogram, as recorded: not yet divided by `per_unit`
};

struct family_reading {
  description what;
  metric_kind kind;
  std::vector<series_reading> series;
};

/// Every metric of a process, registered at the start and written for good. Each `add_` gives a cell to one
/// writer; cells of the same name and labels (one a core) are one series to readers. Owns the cells, whose
/// addresses stay.
///
/// One thread registers, then seals; from then on any thread reads. Wrong names, other labels than the
/// family's first, and more than `series_max` label sets are defects, and checked.
class registry {
 public:
  registry();
  ~registry();
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;

  counter& add_counter(const description& what, label_set labels = {});
  gauge& add_gauge(const description& what, label_set labels = {});
  histogram& add_histogram(const description& what, label_set labels = {});

  /// Ends the registration. Before the threads start that read.
  void seal();

  /// All families by name, their series in the order of registration. Sealed only.
  std::vector<family_reading> read() const;

 private:
  struct series;
  struct family;

  series& find(const description& what, metric_kind kind, label_set labels);

  std::map<std::string, std::unique_ptr<family>, std::less<>> families_;
  bool sealed_ = false;
};

}  // namespace blotter::metrics
