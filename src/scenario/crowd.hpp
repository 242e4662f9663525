#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "scenario/curve.hpp"

namespace blotter::scenario {

using client_number = std::uint32_t;

/// Clients of one group are busy at the same moments, as those are who hold the same kind of instruments.
inline constexpr std::size_t groups = 9;
/// The last group is that of the hot client alone.
inline constexpr std::uint8_t hot_group = groups - 1;

struct client {
  std::string id;
  std::int64_t rate = 0;      ///< changes of its rows, in thousandths a second, while its group's factor is 1
  std::uint32_t viewers = 1;  ///< who all come and go with it
  std::uint32_t rows = 1;     ///< of its table
  std::uint8_t group = 0;
};

/// What a second brings, a group each: times `client::rate`.
using factors = std::array<double, groups>;

struct crowd_settings {
  std::uint32_t clients = 20'000;
  /// Rows that are sent a second while all are there and all factors are 1.
  double load = 2'000'000;
  double table_rows = 400;   ///< mean
  double session = 3'600;    ///< seconds that a client stays, in the mean
  curve rows{{{0, 1}}};      ///< factor of all but the hot client, by seconds
  curve presence{{{0, 1}}};  ///< part of the clients that are there
  /// Of all rows, what client 0 has when its factor is 1 and all are there; it is there all the time.
  double hot_part = 0;
  curve hot{{{0, 0}}};
  std::uint32_t hot_viewers = 2'000;
};

/// The clients of a firm: who there are, who comes and goes each second, and how busy their rows are. All of
/// it from one seed, and the same whatever the fleet does. A few clients have many viewers, and rates are
/// unequal (log-normal, standard deviation 0.8); the groups' factors wander slowly (a tenth, over 5 minutes)
/// and all of them together from second to second (a twentieth).
class crowd {
 public:
  crowd(crowd_settings settings, std::uint64_t seed);

  /// The next second, which is `at` on the curves.
  void pass(double at);

  const std::vector<client>& clients() const { return clients_; }
  const std::vector<client_number>& came() const { return came_; }
  const std::vector<client_number>& left() const { return left_; }
  const factors& busy() const { return factors_; }
  /// Rows that those who are there want sent in this second.
  double offered() const;
  std::size_t present() const { return present_.size(); }

 private:
  void make_clients();
  void make_hot();
  void come();
  void leave();
  double normal();

  crowd_settings settings_;
  random_source chance_;
  std::vector<client> clients_;
  std::vector<client_number> absent_;
  std::vector<client_number> present_;
  std::vector<client_number> came_;
  std::vector<client_number> left_;
  std::array<std::int64_t, groups> offered_{};  ///< of those present, in thousandths
  std::array<double, groups> wander_{};
  factors factors_{};
};

}  // namespace blotter::scenario
