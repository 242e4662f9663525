#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "directory/member.hpp"

namespace blotter::scale {

/// A node as the directory shows it, and what others say of it.
struct seen_node {
  directory::member_id id;
  directory::stage stage = directory::stage::serving;
  directory::load_report load = {};
  /// Whether the actuator can take this very one away.
  bool removable = true;
  /// How long it takes to answer routers over their links; none where nobody measures it.
  std::optional<milliseconds> response = {};
};

/// Why a report is not believed.
enum class report_fault : std::uint8_t {
  none,
  awaited,       ///< it has sent none yet
  stale,         ///< the same for too long
  went_back,     ///< its number is below one seen before
  not_a_number,  ///< NaN or infinite
  negative,
  absurd,       ///< beyond what any machine does
  contradicts,  ///< says that it has time, but is slow while others are not
};
std::string_view to_text(report_fault which);
inline constexpr std::size_t report_faults = 8;

struct report_bounds {
  milliseconds age_max{3'000};     ///< a report that does not change for longer is stale
  milliseconds slow_above{1'000};  ///< rows or answers that take longer are late
};

/// Judges the reports of nodes, by what they said before and by what the others say. A value; bounded by the
/// nodes that are there.
class report_book {
 public:
  explicit report_book(report_bounds bounds) : bounds_(bounds) {}

  struct page {
    report_fault fault = report_fault::none;
    instant joined{};      ///< when it was first seen, by our clock
    std::string why = {};  ///< a few words with the figure; empty without a fault
  };
  /// One page for each of `nodes`, in their order. `now` does not go back.
  const std::vector<page>& judge(std::span<const seen_node> nodes, instant now);
  const std::vector<page>& pages() const { return pages_; }

 private:
  struct known {
    std::uint64_t number = 0;
    instant changed{};
    instant joined{};
    bool there = true;
  };
  report_fault fault_of(const seen_node& node, known& of, instant now) const;
  void find_contradictions(std::span<const seen_node> nodes);

  report_bounds bounds_;
  std::map<directory::member_id, known> known_;
  std::vector<page> pages_;
};

}  // namespace blotter::scale
