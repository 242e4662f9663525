#include "kafka/horizon_rule.hpp"

namespace blotter::kafka {

bool horizon_rule::end(table::record_offset offset, const moment& now, tombstone_retention retention) {
  if (offset < next_) return false;  // an end seen before records that came since
  const bool grew = offset != next_ && gap_before(offset, now, retention);
  next_ = offset;
  end_seen_ = now.steady;
  return grew;
}

bool horizon_rule::gap_before(table::record_offset offset, const moment& now, tombstone_retention retention) {
  if (offset < next_) return false;
  if (retention) {
    const milliseconds proof = *retention - horizon_margin;
    if (last_stamped_ && now.wall - *last_stamped_ < proof) return false;
    if (end_seen_ && now.steady - *end_seen_ < proof) return false;
  }
  horizon_ = offset;
  return true;
}

}  // namespace blotter::kafka
