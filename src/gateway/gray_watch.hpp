#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "gateway/node_links.hpp"

namespace blotter::gateway {

/// Which nodes are much slower than their peers though they answer: gray failure is a difference of opinions
/// about a node, so each is compared with what is the rule among the others (median and median absolute
/// deviation, on a scale of ratios), by several observers. A node's worst core counts. Bounded by the links.
///
/// Ratios and windows are starting values; a node is slow that is more than about 2.2 times and 20 ms beyond
/// the others' median.
class gray_watch {
 public:
  /// By whom a node is found slow.
  enum class observer : std::uint8_t {
    echo,         ///< how long it takes to answer, through the loop that serves streams
    first_event,  ///< how long until a stream that was opened there says something
    flush,        ///< what it reports of itself: may agree with others, and never speaks alone
  };
  static constexpr std::size_t observers = 3;

  /// One observation; `core` tells those of one core from another's.
  void note(node_number at, std::uint32_t core, observer by, instant::duration took);
  void forget(node_number which) { nodes_.erase(which); }
  /// Judges when a window has ended. True when who is slow has changed.
  bool tick(instant now);
  /// Slow, and to be relieved. Never more than one in five of the nodes, of two none; nobody while most of
  /// them are slow: then it is the measuring that is sick.
  bool is_gray(node_number which) const;
  /// Median echo of the worst core in the last window.
  milliseconds echo(node_number which) const;

  static constexpr milliseconds window{1'250};
  static constexpr std::uint32_t windows_slow = 3;   ///< in turn, until it is believed
  static constexpr std::uint32_t windows_clear = 8;  ///< until it is taken back
  static constexpr std::size_t samples_min = 3;

 private:
  /// How much one observer finds against a node.
  enum class finding : std::uint8_t { nothing, well, between, slow, much_slower, very_slow };
  struct record {
    std::vector<std::pair<std::uint32_t, double>> samples;  ///< core, milliseconds; of this window
    double median = 0;                                      ///< of the last window, worst core; 0: none
    std::uint32_t slow = 0;                                 ///< windows in turn
    std::uint32_t much_slower = 0;                          ///< likewise
  };
  struct subject {
    std::array<record, observers> by;
    std::uint32_t clear = 0;  ///< windows in turn in which nobody found anything
    double worst = 0;         ///< ratio
    bool found = false;
    bool gray = false;
  };

  void close_window();
  finding compare(const record& one, std::span<const double> others, double& worst) const;
  void judge(subject& one, std::span<const finding, observers> findings);
  bool choose();

  std::map<node_number, subject> nodes_;
  instant opened_{};
};

}  // namespace blotter::gateway
