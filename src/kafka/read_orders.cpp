#include "kafka/read_orders.hpp"

#include <utility>

#include "kafka/topic_identity.hpp"

namespace blotter::kafka {

void read_orders::assign(const table::partition_set& partitions, const table::partition_set& again) {
  const std::lock_guard lock(mutex_);
  // One that was let go and is asked for again begins anew, whether the source saw it gone or not.
  sum_.keep = asked_ ? sum_.keep.common(partitions) : partitions;
  again.for_each([&](table::partition_id p) { sum_.keep.remove(p); });
  sum_.partitions = partitions;
  asked_ = true;
}

std::optional<read_orders::order> read_orders::take() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(asked_, false)) return std::nullopt;
  return sum_;
}

void read_orders::hear_of(table::generation other) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t name = static_cast<std::uint64_t>(other) - cuts_in(other);
  if (heard_.size() >= heard_max && !heard_.contains(name)) heard_.clear();
  table::generation& known = heard_[name];
  if (known == table::generation::none || is_later(other, known)) known = other;
}

table::generation read_orders::latest(table::generation mine) const {
  const std::lock_guard lock(mutex_);
  const auto found = heard_.find(static_cast<std::uint64_t>(mine) - cuts_in(mine));
  return found != heard_.end() && is_later(found->second, mine) ? found->second : mine;
}

}  // namespace blotter::kafka
