#pragma once

#include <array>
#include <cstddef>

namespace blotter::scenario {

/// How old rows were when they were written to their sockets: rows by age, in buckets whose width is a 32nd
/// of their age, from 0.1 ms. A value of constant size.
class ages {
 public:
  /// `rows` of them were so old; `seconds` is not negative.
  void add(double seconds, double rows);
  /// `rows` whose age is `shift` and besides exponentially distributed with the mean `scale`.
  void add_exponential(double shift, double scale, double rows);
  void add(const ages& other);
  void clear();

  double rows() const { return rows_; }
  /// The age, in seconds, that `part` (0 to 1) of the rows did not exceed; 0 where there are none.
  double quantile(double part) const;

 private:
  static constexpr std::size_t buckets = 1024;
  std::array<double, buckets> by_age_{};
  double rows_ = 0;
  std::size_t phase_ = 0;
};

}  // namespace blotter::scenario
