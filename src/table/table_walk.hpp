#pragma once

#include "table/table_set.hpp"

// What a set of tables does with each row that it walks over is its caller's: the templates.

namespace blotter::table {

template <class Changed>
void table_set::apply(std::span<const row_change> changes, Changed&& changed) {
  lookup found[group_size];
  while (!changes.empty()) {
    const auto group = changes.first(changes.size() < group_size ? changes.size() : group_size);
    look_ahead(group, found);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const table_id id = apply_one(group[i], found[i]);
      if (id != no_table) changed(id);
    }
    changes = changes.subspan(group.size());
  }
}

template <class Visit>
void table_set::for_each_table(Visit&& visit) const {
  for (table_id id = 0; id < tables_.end(); ++id)
    if (!tables_[id].client.empty()) visit(id);
}

template <class Wanted, class Visit>
read_end table_set::read_where(table_id id, cursor& at, read_budget budget, at_the_tail then, Wanted&& wanted,
                               Visit&& visit) const {
  const table_head& table = tables_[id];
  if (at.change_ == table.changes) return read_end::tail;
  if (table.forgotten > at.change_ && table.forgotten > at.baseline_) return read_end::behind;

  std::uint32_t slot = first_unread(id, at);
  std::size_t rows = 0;
  std::size_t bytes = 0;
  while (slot != no_slot) {
    const row& each = rows_[slot];
    const std::uint32_t next = each.newer;
    if (next != no_slot) __builtin_prefetch(&rows_[next]);
    const bool skip = (at.skips_deletes_ && each.erased && each.change <= at.baseline_) ||
                      !wanted(each.partition) || (at.seen_ && at.seen_->has(each.at()));
    if (!skip) {
      if (rows > 0 && (rows >= budget.rows || bytes >= budget.bytes)) return read_end::more;
      ++rows;
      bytes += visit(row_view{each.content, each.at(), wall_time(milliseconds(each.time_ms)),
                              each.erased ? change_kind::erase : change_kind::put,
                              each.moved || loading_ == loading::yes});
      if (at.seen_ && !at.brought_) at.seen_->raise(each.at());
    }
    at.change_ = each.change;
    at.row_ = slot;
    slot = next;
  }
  at.change_ = table.changes;
  if (!at.seen_) return read_end::tail;
  if (then == at_the_tail::keep_brought)
    keep_brought(table, *at.seen_, at);
  else
    at.seen_.reset();
  return read_end::tail;
}

}  // namespace blotter::table
