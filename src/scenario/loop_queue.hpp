#pragma once

namespace blotter::scenario {

/// The queue of one serving loop, as a fluid with a stochastic part on top.
///
/// Rows to be sent arrive at `offered` a second and are sent at `capacity` a second at most.
///  - Backlog: what exceeds the capacity waits, first come first served, so that a row that comes now waits
///    backlog / capacity (fluid approximation: Newell, Applications of Queueing Theory, 2nd ed. 1982, ch. 2).
///  - Conflation: a row that changes again while it waits is sent once. Changes fall evenly on the `tables`
///    rows that the loop's viewers have, of which backlog / tables wait already, so that
///        backlog' = offered (1 - backlog / tables) - capacity,
///    which never exceeds `tables`: the age of a row is bounded by one walk over all tables.
///  - Below capacity rows come in bursts of `burst` on the mean (a move of one instrument changes the rows of
///    all who hold it), and wait as in M/M/1, whose time in the system is exponential with the mean
///    (burst / capacity) / (1 - utilization) (Kleinrock, Queueing Systems vol. 1, 1975, section 3.2). Since
///    the fluid part begins where that has no bound, 1 - utilization counts as 0.02 at least. Backlog that
///    is worked off within the time that passes counts into the utilization.
///
/// What is left out: unequal rows, changes that are correlated within a client, and the network.
struct loop_load {
  double offered = 0;   ///< rows a second
  double tables = 0;    ///< rows of all tables, once for each of their viewers
  double capacity = 0;  ///< rows a second, more than 0
  double burst = 0;     ///< rows
};

struct loop_work {
  double sent = 0;       ///< rows
  double conflated = 0;  ///< rows that came and need not be sent
  double busy = 0;       ///< part of the time, 0 to 1
  double shift = 0;      ///< age, in seconds, that all sent rows had from the backlog, in the mean
  double scale = 0;      ///< mean of the exponential part, in seconds
};

/// Lets `seconds` pass and changes `backlog`, which is not negative. Nothing is lost:
/// backlog before + offered = sent + conflated + backlog after.
loop_work work_off(double& backlog, const loop_load& load, double seconds);

}  // namespace blotter::scenario
