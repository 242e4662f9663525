#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/random.hpp"
#include "scale/autoscaler.hpp"
#include "scale/sizing.hpp"

// Random lives of an autoscaler: loads that jump, nodes that die, come late or never, drains that take their
// time, reports that lie. What it promises is asked at each decision.

namespace blotter::scale {
namespace {

using namespace std::chrono_literals;

struct machine {
  seen_node node;
  instant up{};      ///< serves from here on
  instant gone{};    ///< of one that drains
  unsigned lie = 0;  ///< 0: none
};

class life {
 public:
  explicit life(std::uint64_t seed) : chance_(seed), scaler_(settings()) {
    const auto nodes = s_.nodes_min + chance_.below(nodes_ceiling(s_) - s_.nodes_min + 1);
    for (std::uint64_t i = 0; i < nodes; ++i) start(now_);
  }

  void run(int seconds) {
    for (int i = 0; i < seconds && !testing::Test::HasFailure(); ++i) {
      now_ += 1s;
      change();
      show();
      const auto made = scaler_.look(
          {.now = now_, .wall = wall_time(now_.time_since_epoch() / 1ms * 1ms), .nodes = shown_});
      if (!made) continue;
      judge(*made);
      carry_out(*made);
    }
  }
  unsigned grown = 0, shrunk = 0;

 private:
  scale_settings settings() {
    s_.nodes_min = 1 + static_cast<std::uint32_t>(chance_.below(3));
    s_.nodes_max = s_.nodes_min + static_cast<std::uint32_t>(chance_.below(12));
    s_.cost_per_node_hour = chance_.below(2) == 0 ? 0 : 0.25;
    s_.budget_per_hour = s_.cost_per_node_hour * (s_.nodes_min + static_cast<double>(chance_.below(12)));
    s_.period = milliseconds(3'000 + chance_.below(15'000));
    s_.calm_time = milliseconds(20'000 + chance_.below(100'000));
    s_.drain_period = milliseconds(chance_.below(60'000));
    s_.start_timeout = milliseconds(20'000 + chance_.below(60'000));
    s_.drain_timeout = milliseconds(20'000 + chance_.below(60'000));
    s_.warm_up = milliseconds(chance_.below(30'000));
    return s_;
  }

  void start(instant up) {
    machine one{.node = {.id = *directory::member_id::parse("n" + std::to_string(++started_))}, .up = up};
    one.node.load.number = 1 + chance_.below(5);
    machines_.push_back(one);
  }

  void change() {
    if (chance_.below(120) == 0) {
      load_ = chance_.unit() * 1.2 * s_.nodes_max * chance_.unit();
      jumped_ = now_;
    }
    std::erase_if(machines_,
                  [&](const machine& each) { return each.gone != instant{} && now_ >= each.gone; });
    if (chance_.below(400) == 0 && !machines_.empty())
      machines_.erase(machines_.begin() + static_cast<std::ptrdiff_t>(chance_.below(machines_.size())));
    if (chance_.below(100) == 0 && !machines_.empty())
      machines_[chance_.below(machines_.size())].lie = static_cast<unsigned>(chance_.below(6));
  }

  void show() {
    shown_.clear();
    double serving = 0;
    for (const machine& each : machines_) serving += each.up <= now_;
    for (machine& each : machines_) {
      if (each.up > now_) continue;
      directory::load_report& load = each.node.load;
      load.busy = std::min(1.0, load_ / std::max(1.0, serving));
      load.viewers = static_cast<std::uint64_t>(load.busy * 1000);
      load.flush_delay = load.busy >= 1 ? 3'000ms : 10ms;
      load.rows_per_second = load.busy * 1000;
      if (each.lie != 1) ++load.number;
      if (each.lie == 2) load.busy = std::nan("");
      if (each.lie == 3) load.busy = -load.busy - 0.1;
      if (each.lie == 4) load.rows_per_second = std::numeric_limits<double>::infinity();
      if (each.lie == 5) load.busy = 1e18;
      shown_.push_back(each.node);
    }
  }

  void judge(const decision& made) {
    std::uint32_t serving = 0;
    std::uint32_t draining = 0;
    bool lies = false;
    for (const seen_node& each : shown_) {
      ++(each.stage == directory::stage::draining ? draining : serving);
      lies =
          lies || !(each.load.busy >= 0 && each.load.busy <= 1 && std::isfinite(each.load.rows_per_second));
    }
    EXPECT_LE(made.ordered.wanted, std::max(nodes_ceiling(s_), serving + draining)) << made.reason;
    if (made.what == verdict::grow) {
      EXPECT_LE(made.ordered.wanted, nodes_ceiling(s_)) << made.reason;
      ++grown;
    }
    if (made.number > 1) {
      EXPECT_GE(made.ordered.wanted, std::min(s_.nodes_min, before_)) << made.reason;
    }
    if (made.what == verdict::shrink) {
      ++shrunk;
      EXPECT_EQ(draining, 0u) << "two drains at once: " << made.reason;
      EXPECT_FALSE(asked_ && is_there(*asked_)) << "before the other had left: " << made.reason;
      EXPECT_FALSE(lies) << made.reason;
      EXPECT_GE(made.ordered.wanted, s_.nodes_min);
      ASSERT_TRUE(made.ordered.drained);
      EXPECT_TRUE(is_there(*made.ordered.drained));
      if (serving <= nodes_ceiling(s_) && now_ - jumped_ > s_.smoothing) {
        EXPECT_TRUE(carry_easily(load_, serving - 1, s_.target)) << load_ << ": " << made.reason;
      }
      asked_ = made.ordered.drained;
    }
    EXPECT_EQ(made.reason.find('\n'), std::string::npos);
    before_ = made.ordered.wanted;
  }

  bool is_there(const directory::member_id& who) const {
    return std::any_of(machines_.begin(), machines_.end(),
                       [&](const machine& each) { return each.node.id == who; });
  }

  /// As a bad actuator does: late, too few, or not at all.
  void carry_out(const decision& made) {
    if (!made.orders() || chance_.below(4) == 0) return;
    for (machine& each : machines_) {
      if (each.node.id != made.ordered.drained || each.gone != instant{} || chance_.below(3) == 0) continue;
      each.node.stage = directory::stage::draining;
      each.gone = now_ + 1s * static_cast<int>(1 + chance_.below(40));
    }
    const auto staying = static_cast<std::uint32_t>(std::count_if(
        machines_.begin(), machines_.end(),
        [&](const machine& each) { return each.gone == instant{} && each.node.id != made.ordered.drained; }));
    for (std::uint32_t n = staying; n < made.ordered.wanted; ++n)
      if (chance_.below(3) != 0) start(now_ + 1s * static_cast<int>(chance_.below(40)));
  }

  random_source chance_;
  scale_settings s_;
  autoscaler scaler_;
  instant now_ = instant(1000h);
  double load_ = 1;
  instant jumped_{};
  std::vector<machine> machines_;
  std::vector<seen_node> shown_;
  std::optional<directory::member_id> asked_;
  std::uint32_t before_ = 0;
  unsigned started_ = 0;
};

TEST(autoscaler, keeps_its_promises_in_random_lives) {
  unsigned grown = 0;
  unsigned shrunk = 0;
  for (std::uint64_t seed = 1; seed <= 300 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    life one(seed);
    one.run(1'800);
    grown += one.grown;
    shrunk += one.shrunk;
  }
  EXPECT_GT(grown, 100u) << "or nothing was tried";
  EXPECT_GT(shrunk, 100u);
}

}  // namespace
}  // namespace blotter::scale
