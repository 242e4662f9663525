#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace blotter {

/// A partition of the feed, numbered from 0 as in Kafka. At most `partition_max`.
using partition_id = std::uint32_t;
inline constexpr partition_id partition_max = (1u << 24) - 1;

/// Some partitions of a feed: a bit each, so as many bytes as an eighth of the highest number in it.
class partition_set {
 public:
  partition_set() = default;
  partition_set(std::initializer_list<partition_id> some) {
    for (const partition_id each : some) add(each);
  }
  /// All partitions below `count`.
  static partition_set first(partition_id count) {
    partition_set all;
    all.words_.assign(count / 64 + (count % 64 != 0), ~std::uint64_t{0});
    if (count % 64 != 0) all.words_.back() = (std::uint64_t{1} << count % 64) - 1;
    return all;
  }
  static partition_set of(std::span<const partition_id> some) {
    partition_set all;
    for (const partition_id each : some) all.add(each);
    return all;
  }

  bool has(partition_id which) const {
    return which / 64 < words_.size() && (words_[which / 64] >> which % 64 & 1) != 0;
  }
  void add(partition_id which) {
    if (which / 64 >= words_.size()) words_.resize(which / 64 + 1);
    words_[which / 64] |= std::uint64_t{1} << which % 64;
  }
  void remove(partition_id which) {
    if (!has(which)) return;
    words_[which / 64] &= ~(std::uint64_t{1} << which % 64);
    while (!words_.empty() && words_.back() == 0) words_.pop_back();  // equal sets are equal word for word
  }
  void clear() { words_.clear(); }

  /// One more than the highest; 0 of none.
  partition_id end() const {
    if (words_.empty()) return 0;
    return static_cast<partition_id>(words_.size() * 64 -
                                     static_cast<std::size_t>(std::countl_zero(words_.back())));
  }
  bool empty() const { return words_.empty(); }
  std::size_t size() const {
    std::size_t bits = 0;
    for (const std::uint64_t each : words_) bits += static_cast<std::size_t>(std::popcount(each));
    return bits;
  }
  bool has_all(const partition_set& others) const {
    for (std::size_t i = 0; i < others.words_.size(); ++i)
      if ((others.words_[i] & ~(i < words_.size() ? words_[i] : 0)) != 0) return false;
    return true;
  }
  /// What is in both.
  partition_set common(const partition_set& other) const {
    partition_set both;
    for_each([&](partition_id each) {
      if (other.has(each)) both.add(each);
    });
    return both;
  }
  /// Calls `visit(partition_id)` for each, rising.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (std::uint64_t left = words_[i]; left != 0; left &= left - 1)
        visit(static_cast<partition_id>(i * 64 + static_cast<std::size_t>(std::countr_zero(left))));
  }
  std::vector<partition_id> list() const {
    std::vector<partition_id> all;
    for_each([&](partition_id each) { all.push_back(each); });
    return all;
  }

  friend bool operator==(const partition_set&, const partition_set&) = default;

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace blotter
