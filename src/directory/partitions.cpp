#include "directory/partitions.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>

#include "base/check.hpp"
#include "directory/partition_text.hpp"
#include "directory/rendezvous.hpp"

namespace blotter::directory {

namespace {

/// Works on takers in the order of their ids, so that ties fall alike everywhere.
class evening_out {
 public:
  evening_out(std::uint32_t partitions, std::uint32_t replicas, std::span<const partition_taker> takers);

  void choose();
  void even_out();
  /// Indices into the takers as they were given, best first.
  std::vector<std::vector<std::uint32_t>> holders() const;

 private:
  struct move {
    std::uint32_t partition, from, to;
  };

  std::uint64_t score(std::uint32_t partition, std::uint32_t taker) const {
    return scores_[std::size_t{partition} * order_.size() + taker];
  }
  const partition_taker& taker(std::uint32_t index) const { return takers_[order_[index]]; }
  bool may_take(std::uint32_t partition, std::uint32_t index) const;
  bool holds(std::uint32_t partition, std::uint32_t index) const {
    return std::ranges::find(chosen_[partition], index) != chosen_[partition].end();
  }
  bool relieve(std::uint32_t index);
  bool feed(std::uint32_t index);
  template <class From, class To>
  std::optional<move> cheapest(const From& from, const To& to) const;
  void apply(const move& what);

  std::span<const partition_taker> takers_;
  std::vector<std::uint32_t> order_;
  std::uint32_t replicas_;
  std::vector<std::uint64_t> scores_;
  std::vector<std::vector<std::uint32_t>> chosen_;  // by partition; indices into order_
  std::vector<std::size_t> count_;
  std::size_t least_ = 0;
  std::size_t most_ = 0;
};

evening_out::evening_out(std::uint32_t partitions, std::uint32_t replicas,
                         std::span<const partition_taker> takers)
    : takers_(takers),
      order_(takers.size()),
      replicas_(std::min(replicas, static_cast<std::uint32_t>(takers.size()))),
      chosen_(partitions),
      count_(takers.size()) {
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::sort(order_, {}, [&](std::uint32_t i) -> const member_id& { return takers[i].id; });
  for (std::size_t i = 1; i < order_.size(); ++i) check(takers[order_[i - 1]].id != takers[order_[i]].id);
  std::vector<std::uint64_t> names;
  for (const std::uint32_t i : order_) names.push_back(stable_hash(takers[i].id.text()));
  scores_.reserve(names.size() * partitions);
  for (std::uint32_t p = 0; p < partitions; ++p)
    for (const std::uint64_t name : names) scores_.push_back(rendezvous_score(stable_hash(p), {name, 1}));
  const std::size_t slots = std::size_t{partitions} * replicas_;
  const std::size_t n = std::max<std::size_t>(takers.size(), 1);
  least_ = std::min(slots / n, (7 * slots + 8 * n - 1) / (8 * n));
  most_ = std::max((slots + n - 1) / n, 9 * slots / (8 * n));
}

bool evening_out::may_take(std::uint32_t partition, std::uint32_t index) const {
  return taker(index).room == intake::open || taker(index).held.has(partition);
}

void evening_out::choose() {
  std::vector<std::uint32_t> able;
  for (std::uint32_t p = 0; p < chosen_.size(); ++p) {
    able.clear();
    for (std::uint32_t i = 0; i < order_.size(); ++i)
      if (may_take(p, i)) able.push_back(i);
    std::ranges::sort(able, std::greater<>(), [&](std::uint32_t i) { return score(p, i); });
    able.resize(std::min<std::size_t>(able.size(), replicas_));
    chosen_[p] = able;
    for (const std::uint32_t i : able) ++count_[i];
  }
}

// Each move takes one out of bounds nearer to them and puts none out, so this ends.
void evening_out::even_out() {
  std::vector<bool> stuck(order_.size());
  for (;;) {
    std::optional<std::uint32_t> worst;
    std::size_t worst_by = 0;
    for (std::uint32_t i = 0; i < order_.size(); ++i) {
      const std::size_t by = count_[i] > most_    ? count_[i] - most_
                             : count_[i] < least_ ? least_ - count_[i]
                                                  : 0;
      if (stuck[i] || by <= worst_by) continue;
      worst = i;
      worst_by = by;
    }
    if (!worst) return;
    stuck[*worst] = !(count_[*worst] > most_ ? relieve(*worst) : feed(*worst));
  }
}

bool evening_out::relieve(std::uint32_t index) {
  const auto wanting = [&](std::uint32_t i) { return count_[i] < most_ && i != index; };
  const auto found = cheapest([&](std::uint32_t i) { return i == index; }, wanting);
  if (found) apply(*found);
  return found.has_value();
}

bool evening_out::feed(std::uint32_t index) {
  const auto rich = [&](std::uint32_t i) { return count_[i] > least_ && i != index; };
  const auto found = cheapest(rich, [&](std::uint32_t i) { return i == index; });
  if (found) apply(*found);
  return found.has_value();
}

// Takers on the far side of the mean are preferred: they will not have to give back or take again.
template <class From, class To>
std::optional<evening_out::move> evening_out::cheapest(const From& from, const To& to) const {
  const std::size_t slots = chosen_.size() * replicas_;
  const auto below = [&](std::uint32_t i) { return count_[i] * order_.size() <= slots; };
  std::optional<move> best;
  std::tuple<bool, std::int64_t> best_cost;
  for (std::uint32_t p = 0; p < chosen_.size(); ++p)
    for (const std::uint32_t f : chosen_[p]) {
      if (!from(f)) continue;
      for (std::uint32_t t = 0; t < order_.size(); ++t) {
        if (!to(t) || holds(p, t) || !may_take(p, t)) continue;
        const auto loss =
            static_cast<std::int64_t>(score(p, f) >> 1) - static_cast<std::int64_t>(score(p, t) >> 1);
        const std::tuple cost(below(f) || !below(t), loss);
        if (best && cost >= best_cost) continue;
        best = move{p, f, t};
        best_cost = cost;
      }
    }
  return best;
}

void evening_out::apply(const move& what) {
  std::ranges::replace(chosen_[what.partition], what.from, what.to);
  --count_[what.from];
  ++count_[what.to];
}

std::vector<std::vector<std::uint32_t>> evening_out::holders() const {
  auto all = chosen_;
  for (std::uint32_t p = 0; p < all.size(); ++p) {
    std::ranges::sort(all[p], std::greater<>(), [&](std::uint32_t i) { return score(p, i); });
    for (std::uint32_t& each : all[p]) each = order_[each];
  }
  return all;
}

}  // namespace

std::span<const std::uint32_t> assignment::holders(std::uint32_t partition) const {
  check(partition < holders_.size());
  return holders_[partition];
}

partition_set assignment::of(std::uint32_t index) const {
  partition_set held;
  for (std::uint32_t p = 0; p < holders_.size(); ++p)
    if (gives(p, index)) held.add(p);
  return held;
}

bool assignment::gives(std::uint32_t partition, std::uint32_t index) const {
  return std::ranges::find(holders(partition), index) != holders(partition).end();
}

assignment assign_partitions(std::uint32_t partitions, std::uint32_t replicas,
                             std::span<const partition_taker> takers) {
  check(partitions <= partitions_max);
  evening_out all(partitions, replicas, takers);
  all.choose();
  all.even_out();
  assignment made;
  made.holders_ = all.holders();
  return made;
}

}  // namespace blotter::directory
