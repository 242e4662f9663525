#include <algorithm>
#include <utility>

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
    if (!of) keep_brought(table, from.seen, at);
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
  if (!at.seen_ || at.brought_ || at_tail(id, at)) {
    out.seen.clear();
    for (const position& each : table.last.all())
      out.seen.set({each.partition, seen_to(table, each.partition)});
    if (!at_tail(id, at)) {
      for (std::uint32_t slot = first_unread(id, at); slot != no_slot; slot = rows_[slot].newer) {
        const row& each = rows_[slot];
        out.seen.set({each.partition, std::min(out.seen.at(each.partition), each.offset - 1)});
      }
    }
    if (at.seen_) name_brought(table, *at.seen_, out.seen);
    if (at_tail(id, at)) return;
    at.seen_ = std::make_unique<positions>(out.seen);
    at.brought_ = false;
  } else {
    out.seen = *at.seen_;
  }
  for (const position& each : out.seen.all()) {
    const record_offset reach = seen_to(table, each.partition);
    if (each.offset >= 0 && reach > each.offset) out.reach.set({each.partition, reach});
  }
}

/// Of what a reader has seen, the partitions in which the table has never heard of its client. The rows that
/// it saw there are deleted, and this table was loaded from a replica that has forgotten them; another one
/// may still remember, and would tell it of them again.
void table_set::keep_brought(const table_head& table, const positions& seen, cursor& at) {
  std::unique_ptr<positions> brought;
  for (const position& each : seen.all()) {
    if (each.offset < 0 || table.last.at(each.partition) >= 0) continue;
    if (!brought) brought = std::make_unique<positions>();
    brought->set(each);
  }
  at.brought_ = brought != nullptr;
  at.seen_ = std::move(brought);
}

/// Where the table knows of no row, there is none that the reader has not seen, as far as the table follows
/// the feed. A place from before the horizon is worth nothing: to resume from it would be to begin anew.
void table_set::name_brought(const table_head& table, const positions& brought, positions& seen) const {
  for (position each : brought.all()) {
    if (table.last.at(each.partition) < 0)
      each.offset = std::max(each.offset, seen_to(table, each.partition));
    if (each.offset + 1 >= horizon(each.partition)) seen.raise(each);
  }
}

}  // namespace blotter::table
