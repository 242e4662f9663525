#include "scenario/loop_queue.hpp"

#include <algorithm>
#include <cmath>

namespace blotter::scenario {

namespace {

constexpr double idle_min = 0.02;

/// (1 - e^-x) / x.
double decayed(double x) {
  return x < 1e-9 ? 1 : -std::expm1(-x) / x;
}

}  // namespace

loop_work work_off(double& backlog, const loop_load& load, double seconds) {
  const double came = load.offered * seconds;
  const double most = load.capacity * seconds;
  const double before = backlog;
  loop_work done;
  const double utilization = std::min(1.0, (before + came) / most);
  done.scale = load.burst / load.capacity / std::max(1 - utilization, idle_min);
  if (before <= 0 && came <= most) {
    done.sent = came;
    done.busy = utilization;
    return done;
  }
  const double again = load.offered / std::max(load.tables, 1.0);  // how often a second each row changes
  const double rise = load.offered - load.capacity - again * before;
  const double after = before + rise * seconds * decayed(again * seconds);
  if (after >= 0) {
    done.sent = most;
    done.conflated = std::max(0.0, came - most - (after - before));
    backlog = std::max(0.0, before + came - done.sent - done.conflated);
    done.shift = (before + backlog) / 2 / load.capacity;
  } else {
    // It is worked off before the time is over; meanwhile it was half of what it had been.
    const double until = before / (before - after);
    done.conflated = std::min(came, again * before / 2 * until * seconds);
    done.sent = std::min(most, before + came - done.conflated);
    backlog = std::max(0.0, before + came - done.conflated - done.sent);
    done.shift = before / 2 * until / load.capacity;
  }
  done.busy = std::min(1.0, done.sent / most);
  return done;
}

}  // namespace blotter::scenario
