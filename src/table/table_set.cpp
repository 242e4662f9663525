#include "table/table_set.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace blotter::table {

table_set::table_set(table_limits limits) : limits_(limits), hash_(limits.seed) {}

void table_set::clear(generation feed) {
  feed_ = feed;
  rows_ = {};
  tables_ = {};
  row_index_ = {};
  table_index_ = {};
  progress_.clear();
  deletes_.clear();
  hiding_deletes_.clear();
  live_ = hiding_ = 0;
  text_bytes_ = 0;
  loading_ = loading::no;
}

// Looking up.

void table_set::look_ahead(std::span<const row_change> group, lookup* found) const {
  for (std::size_t i = 0; i < group.size(); ++i) {
    found[i].client_hash = hash_.client(group[i].client);
    found[i].row_hash = hash_.row(found[i].client_hash, group[i].key);
    row_index_.prefetch(found[i].row_hash);
  }
  // Each pass asks for what the next one reads. A slot found by hash alone may be another row's: only a hint.
  for (std::size_t i = 0; i < group.size(); ++i) {
    found[i].row = row_index_.find(found[i].row_hash, [](std::uint32_t) { return true; });
    if (found[i].row == no_slot) {
      table_index_.prefetch(found[i].client_hash);
      continue;
    }
    const char* at = reinterpret_cast<const char*>(&rows_[found[i].row]);
    __builtin_prefetch(at);
    __builtin_prefetch(at + sizeof(row) - 1);
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (found[i].row == no_slot) continue;
    const row& old = rows_[found[i].row];
    old.content.prefetch();
    if (old.older != no_slot) __builtin_prefetch(&rows_[old.older].newer);
    if (old.newer != no_slot) __builtin_prefetch(&rows_[old.newer].older);
    const char* table = reinterpret_cast<const char*>(&tables_[old.table]);
    __builtin_prefetch(table);
    __builtin_prefetch(table + 64);
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (found[i].row == no_slot) continue;
    const table_head& table = tables_[rows_[found[i].row].table];
    if (table.newest != no_slot) __builtin_prefetch(&rows_[table.newest].newer);
    const char* last = reinterpret_cast<const char*>(table.last.all().data());
    for (std::size_t at = 0; at < table.last.size() * sizeof(position) && at < 256; at += 64)
      __builtin_prefetch(last + at, 1);
  }
}

std::uint32_t table_set::find_row(const lookup& where, const row_change& change) const {
  const auto same = [&](std::uint32_t slot) {
    const row& each = rows_[slot];
    return each.change > 0 && each.content.key() == change.key && tables_[each.table].client == change.client;
  };
  if (where.row != no_slot && same(where.row)) return where.row;
  return row_index_.find(where.row_hash, same);
}

table_id table_set::find(std::string_view client) const {
  return table_index_.find(hash_.client(client), [&](table_id id) { return tables_[id].client == client; });
}

table_id table_set::find_or_add(std::string_view client) {
  return find_or_add(client, hash_.client(client));
}

table_id table_set::find_or_add(std::string_view client, std::uint32_t hash) {
  check(!client.empty());
  const table_id found = table_index_.find(hash, [&](table_id id) { return tables_[id].client == client; });
  if (found != no_table) return found;
  const table_id id = tables_.take();
  tables_[id].client = client;
  tables_[id].hash = hash;
  table_index_.insert(hash, id);
  return id;
}

// Applying.

bool table_set::is_newer(const row_change& change, const row& than) {
  if (change.at.partition == than.partition) return change.at.offset > than.offset;
  // The key moved between partitions: their offsets say nothing of each other, so the records' own times
  // decide.
  const std::int64_t time_ms = change.time.time_since_epoch().count();
  if (time_ms != than.time_ms) return time_ms > than.time_ms;
  return change.at.partition > than.partition;
}

/// A delete of a row that is not here, that a replica remembers for longer: the table, or the replica that it
/// was loaded from, has known and forgotten it. Its readers have seen it, or are from before the horizon.
bool table_set::is_forgotten(const row_change& change, const table_head& by) const {
  return by.was_whole && change.kind == change_kind::erase && !change.moved &&
         change.at.offset < horizon(change.at.partition);
}

table_id table_set::apply_one(const row_change& change, const lookup& where) {
  std::uint32_t slot = find_row(where, change);
  const table_id id = slot != no_slot ? rows_[slot].table : find_or_add(change.client, where.client_hash);
  table_head& table = tables_[id];
  if (slot == no_slot && is_forgotten(change, table)) return no_table;
  table.last.raise(change.at);
  const key_hash key(change.key);

  if (slot == no_slot) {
    slot = rows_.take_near(table.near);
    rows_[slot].table = id;
    row_index_.insert(where.row_hash, slot);
  } else {
    row& old = rows_[slot];
    if (change.moved || change.at.partition != old.partition) note_move(slot);
    if (!is_newer(change, old)) return no_table;
    text_bytes_ -= old.content.size();
    unlink(table, slot);
    hiding_ -= old.hides();
    if (old.erased) {
      --table.tombstones;
    } else {
      --table.rows;
      --live_;
      table.sum.remove(key, old.at());
    }
  }

  row& mine = rows_[slot];
  const bool erase = change.kind == change_kind::erase;
  mine.offset = change.at.offset;
  mine.partition = change.at.partition & 0x3FFFFFFF;
  mine.moved = mine.moved || change.moved;
  mine.erased = erase;
  mine.time_ms = change.time.time_since_epoch().count();
  if (change.content)
    mine.content = *change.content;
  else if (mine.content)
    mine.content.set_value(change.value);
  else
    mine.content = row_content(change.key, change.value);
  text_bytes_ += mine.content.size();
  append(table, slot);
  if (erase) {
    ++table.tombstones;
    remember_delete(slot);
    return tables_[id].client.empty() ? no_table : id;
  }
  ++table.rows;
  ++live_;
  table.sum.add(key, change.at);
  return id;
}

void table_set::append(table_head& table, std::uint32_t slot) {
  row& mine = rows_[slot];
  mine.change = ++table.changes;
  mine.older = table.newest;
  mine.newer = no_slot;
  if (table.newest != no_slot)
    rows_[table.newest].newer = slot;
  else
    table.oldest = slot;
  table.newest = slot;
}

void table_set::unlink(table_head& table, std::uint32_t slot) {
  const row& mine = rows_[slot];
  if (mine.older != no_slot)
    rows_[mine.older].newer = mine.newer;
  else
    table.oldest = mine.newer;
  if (mine.newer != no_slot)
    rows_[mine.newer].older = mine.older;
  else
    table.newest = mine.older;
}

// Deletes.

void table_set::remember_delete(std::uint32_t slot) {
  const row& mine = rows_[slot];
  const delete_queue::entry one{slot, mine.table, mine.change};
  if (mine.moved) {
    ++hiding_;
    hiding_deletes_.add(one, hiding_, [this](const auto& each) { return stands(each, hides::yes); });
  } else {
    deletes_.add(one, tombstones() - hiding_, [this](const auto& each) { return stands(each, hides::no); });
  }
  forget_deletes();
}

/// The row turns out to have a value in another partition, be it older or newer.
void table_set::note_move(std::uint32_t slot) {
  row& mine = rows_[slot];
  if (mine.moved) return;
  mine.moved = 1;
  if (mine.erased) remember_delete(slot);
}

bool table_set::stands(const delete_queue::entry& each, hides how) const {
  const row& mine = rows_[each.row];
  return mine.erased && mine.moved == (how == hides::yes) && mine.table == each.table &&
         mine.change == each.change;
}

void table_set::set_loading(loading feed) {
  loading_ = feed;
  forget_deletes();
}

void table_set::forget_deletes() {
  const auto forget_oldest = [this](delete_queue& of, hides how) {
    const auto oldest = of.take([&](const auto& each) { return stands(each, how); });
    check(oldest.has_value());
    forget(oldest->row);
  };
  std::size_t most = std::max(limits_.tombstones_min, live_);
  if (loading_ == loading::yes) most = std::max(most, limits_.tombstones_hiding);
  while (tombstones() - hiding_ > most) forget_oldest(deletes_, hides::no);
  while (hiding_ > limits_.tombstones_hiding) forget_oldest(hiding_deletes_, hides::yes);
}

void table_set::forget(std::uint32_t slot) {
  const row& mine = rows_[slot];
  const table_id id = mine.table;
  table_head& table = tables_[id];
  raise_horizon(mine.partition, mine.offset + 1);
  table.forgotten = std::max(table.forgotten, mine.change);
  --table.tombstones;
  hiding_ -= mine.hides();
  ++forgotten_;
  unlink(table, slot);
  remove_row(slot);
  remove_if_empty(id);
}

void table_set::remove_row(std::uint32_t slot) {
  row& mine = rows_[slot];
  row_index_.erase(hash_.row(tables_[mine.table].hash, mine.content.key()), slot);
  text_bytes_ -= mine.content.size();
  mine = {};
  rows_.give_back(slot);
}

void table_set::remove_if_empty(table_id id) {
  table_head& table = tables_[id];
  if (table.oldest != no_slot || table.tag != no_slot) return;
  table_index_.erase(table.hash, id);
  rows_.give_up(table.near);
  table = {};
  tables_.give_back(id);
}

void table_set::set_tag(table_id id, std::uint32_t tag) {
  tables_[id].tag = tag;
  remove_if_empty(id);
}

void table_set::set_following(table_id id, following feed) {
  table_head& table = tables_[id];
  if (table.feed == feed) return;
  if (feed == following::no) {
    // What has been complete so far stays known.
    for (std::size_t i = 0; i < table.last.size(); ++i) {
      const partition_id partition = table.last.all()[i].partition;
      table.last.raise({partition, seen_to(table, partition)});
    }
  }
  table.feed = feed;
  table.was_whole = table.was_whole || feed == following::yes;
}

void table_set::drop(table_id id) {
  table_head& table = tables_[id];
  for (std::uint32_t slot = table.oldest; slot != no_slot;) {
    const std::uint32_t next = rows_[slot].newer;
    if (!rows_[slot].erased) --live_;
    hiding_ -= rows_[slot].hides();
    remove_row(slot);
    slot = next;
  }
  table.oldest = table.newest = no_slot;
  table.tag = no_slot;
  remove_if_empty(id);
}

/// Of a partition that is dropped.
void table_set::drop_row(std::uint32_t slot) {
  const row& mine = rows_[slot];
  const table_id id = mine.table;
  table_head& table = tables_[id];
  hiding_ -= mine.hides();
  if (mine.erased) {
    --table.tombstones;
  } else {
    --table.rows;
    --live_;
    table.sum.remove(key_hash(mine.content.key()), mine.at());
  }
  unlink(table, slot);
  remove_row(slot);
  remove_if_empty(id);
}

bool table_set::drop_partitions(sweep& job, std::size_t slots) {
  for (; job.row < rows_.end(); ++job.row) {
    if (slots-- == 0) return false;
    const row& each = rows_[job.row];
    if (each.change > 0 && job.partitions.has(each.partition)) drop_row(job.row);
  }
  for (; job.table < tables_.end(); ++job.table) {
    if (slots-- == 0) return false;
    positions& last = tables_[job.table].last;
    for (std::size_t i = last.size(); i > 0; --i)
      if (job.partitions.has(last.all()[i - 1].partition)) last.erase(last.all()[i - 1].partition);
  }
  job.partitions.for_each([this](partition_id each) { progress_.forget(each); });
  forget_deletes();
  return true;
}

std::size_t table_set::memory_bytes() const {
  constexpr std::size_t content_head = 32;  // the block's own and its allocator's
  constexpr std::size_t index_entry = 12;
  return rows_.used() * (sizeof(row) + content_head + index_entry) + text_bytes_ +
         tables_.used() * (sizeof(table_head) + index_entry) + deletes_.memory_bytes() +
         hiding_deletes_.memory_bytes();
}

record_offset table_set::seen_to(const table_head& table, partition_id partition) const {
  if (table.feed == following::no) return table.last.at(partition);
  return std::max(table.last.at(partition), complete(partition) - 1);
}

}  // namespace blotter::table
