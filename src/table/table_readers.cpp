#include <algorithm>

#include "table/table_set.hpp"

// The half of a set of tables that faces its readers: where they begin, go on, and what they have seen. The
// half that faces the feed is in table_set.cpp.

namespace blotter::table {

// Readers.

cursor table_set::start(table_id id, deletes remembered) const {
  cursor at;
  at.skips_deletes_ = remembered == deletes::skip;
  at.baseline_ = at.skips_deletes_ ? tables_[id].changes : tables_[id].forgotten;
  return at;
}

cursor table_set::tail(table_id id) const {
  cursor at;
  at.change_ = tables_[id].changes;
  at.row_ = tables_[id].newest;
  return at;
}

resume_verdict table_set::resume(table_id id, const bookmark& from, cursor& at,
                                 const partition_set* of) const {
  if (from.feed != feed_) return resume_verdict::other_generation;
  const auto concerns = [of](partition_id partition) { return !of || of->has(partition); };
  const table_head& table = tables_[id];
  for (const position& each : from.seen.all()) {
    if (!concerns(each.partition)) continue;
    if (each.offset > seen_to(table, each.partition)) return resume_verdict::from_the_future;
    if (each.offset + 1 < horizon(each.partition)) return resume_verdict::before_horizon;
  }
  for (const position& each : from.reach.all())
    if (concerns(each.partition) && each.offset > seen_to(table, each.partition))
      return resume_verdict::from_the_future;

  // Walk back over what is newer than the bookmark, until each partition has shown a row that is not: beyond
  // it that partition has only older ones.
  const auto last = table.last.all();
  std::vector<bool> finished(last.size());
  std::size_t unfinished = last.size();
  const auto finish = [&](std::size_t i) {
    if (!finished[i]) --unfinished;
    finished[i] = true;
  };
  for (std::size_t i = 0; i < last.size(); ++i)
    if (!concerns(last[i].partition) || from.seen.has(last[i])) finish(i);

  std::uint32_t first = no_slot;
  for (std::uint32_t slot = table.newest; slot != no_slot && unfinished > 0; slot = rows_[slot].older) {
    const row& each = rows_[slot];
    if (!concerns(each.partition)) continue;
    if (!from.seen.has(each.at()))
      first = slot;
    else
      finish(static_cast<std::size_t>(
          std::lower_bound(last.begin(), last.end(), each.partition,
                           [](const position& p, partition_id wanted) { return p.partition < wanted; }) -
          last.begin()));
  }

  at = {};
  at.baseline_ = table.forgotten;
  if (first == no_slot) {
    at.change_ = table.changes;
  } else {
    const std::uint32_t before = rows_[first].older;
    at.change_ = before != no_slot ? rows_[before].change : 0;
    at.row_ = before;
    at.seen_ = std::make_unique<positions>(from.seen);
  }
  return resume_verdict::resumed;
}

std::uint32_t table_set::first_unread(table_id id, const cursor& at) const {
  const table_head& table = tables_[id];
  if (at.change_ == 0) return table.oldest;
  if (at.row_ != no_slot && rows_[at.row_].change == at.change_ && rows_[at.row_].table == id)
    return rows_[at.row_].newer;
  // The row read last has moved on: what is unread lies behind the newest row that was read.
  std::uint32_t first = no_slot;
  for (std::uint32_t slot = table.newest; slot != no_slot && rows_[slot].change > at.change_;
       slot = rows_[slot].older)
    first = slot;
  return first;
}

void table_set::bookmark_at(table_id id, cursor& at, bookmark& out) const {
  const table_head& table = tables_[id];
  out.feed = feed_;
  out.reach.clear();
  if (!at.seen_ || at_tail(id, at)) {
    out.seen.clear();
    for (const position& each : table.last.all())
      out.seen.set({each.partition, seen_to(table, each.partition)});
    if (at_tail(id, at)) return;
    for (std::uint32_t slot = first_unread(id, at); slot != no_slot; slot = rows_[slot].newer) {
      const row& each = rows_[slot];
      out.seen.set({each.partition, std::min(out.seen.at(each.partition), each.offset - 1)});
    }
    at.seen_ = std::make_unique<positions>(out.seen);
  } else {
    out.seen = *at.seen_;
  }
  for (const position& each : out.seen.all()) {
    const record_offset reach = seen_to(table, each.partition);
    if (each.offset >= 0 && reach > each.offset) out.reach.set({each.partition, reach});
  }
}

}  // namespace blotter::table
