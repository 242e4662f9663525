#pragma once

#include <deque>
#include <functional>
#include <string>

#include "sim/context.hpp"

namespace blotter::sim {

/// A process of the cluster: its loop, its clock and what faults do to it. A kind of process derives from it,
/// makes its core in `born` and throws it away in `died`; a router, a node, and each kind that is still to
/// come. What reaches it is a job in its inbox; a job takes its time, and while the process is frozen they
/// wait.
class host {
 public:
  using job = std::function<void()>;

  host(context& all, std::string name, milliseconds tick_period);
  virtual ~host() = default;
  host(const host&) = delete;
  host& operator=(const host&) = delete;

  /// To be done when the loop gets to it; nothing when the process has ended.
  void post(job what);
  void start();
  void kill();
  /// Stops at once. When it goes on, its clock may have stood still as well.
  void freeze();
  enum class clock_while_frozen : bool { stood, went };
  void thaw(clock_while_frozen clock);
  void set_slowness(std::uint32_t times) { slowness_ = times; }
  void step_wall_clock(milliseconds by) { wall_offset_ += by; }

  bool alive() const { return alive_; }
  bool frozen() const { return frozen_; }
  bool slow() const { return slowness_ > 1; }
  const std::string& name() const { return name_; }
  /// Counts its lives: tells what was meant for an earlier one.
  std::uint32_t life() const { return life_; }
  std::size_t waiting() const { return inbox_.size(); }
  /// When it last was anything but well.
  instant troubled_at() const { return well() ? troubled_at_ : all_.time.now(); }
  bool well() const { return alive_ && !frozen_ && slowness_ == 1; }
  /// What virtual time is ahead of its wall clock.
  milliseconds clock_differs() const;
  /// When it was last frozen; long ago where it never was.
  instant stood_still_from() const { return frozen_at_; }
  void mark_troubled() { troubled_at_ = all_.time.now(); }
  /// Ends by its own will, once it has done what it does now; started again a while later, or not.
  enum class afterwards : bool { started_again, gone };
  void end_soon(afterwards then = afterwards::started_again);

  /// The process's own clocks.
  instant clock() const;
  wall_time wall() const;

 protected:
  virtual void born() = 0;
  virtual void died() = 0;
  virtual void tick() = 0;
  /// After some jobs: true when there is more to do before the loop may rest.
  virtual bool settle() = 0;

  context& all() { return all_; }
  const context& all() const { return all_; }

 private:
  void wake();
  void turn();
  void schedule_tick();

  context& all_;
  std::string name_;
  milliseconds tick_period_;
  std::deque<job> inbox_;
  std::uint32_t life_ = 0;
  std::uint32_t slowness_ = 1;
  bool alive_ = false;
  bool frozen_ = false;
  bool waking_ = false;
  bool tick_waits_ = false;
  double rate_ = 1;
  std::chrono::nanoseconds hidden_{0};  ///< time that passed while its clock stood
  milliseconds wall_offset_{0};
  instant frozen_at_{};
  instant busy_until_{};
  instant troubled_at_{};
};

}  // namespace blotter::sim
