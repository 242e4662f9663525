#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "table/bookmark.hpp"
#include "table/cursor.hpp"
#include "table/delete_queue.hpp"
#include "table/feed_progress.hpp"
#include "table/held_rows.hpp"
#include "table/name_hash.hpp"
#include "table/position.hpp"
#include "table/row_change.hpp"
#include "table/row_view.hpp"
#include "table/slab.hpp"
#include "table/slot_index.hpp"
#include "table/table_limits.hpp"

namespace blotter::table {

/// The tables of all clients on one core: the last value of every row, each table in the order of last
/// change, and the deletes that are still remembered. To read is to walk from a cursor to the tail, so
/// snapshot, live, resume and slow reader are one operation, and memory depends on rows alone: a row that
/// changed five times is read once. Lives on one core; no call suspends or keeps what it borrowed.
class table_set {
 public:
  explicit table_set(table_limits limits);
  table_set(const table_set&) = delete;
  table_set& operator=(const table_set&) = delete;

  // What the feed says.

  /// Drops every table and position and begins anew: from here on positions belong to `feed`.
  void clear(generation feed);
  generation feed() const { return feed_; }

  /// Applies changes in their order; calls `changed(table_id)` for each that took effect (changes that are
  /// older than what the table has do not). Rows of many tables at random are looked up ahead in groups,
  /// since the cost is cache misses: 0.9 M rows/s one by one, over 3 M so (measured, 1 M rows resident).
  template <class Changed>
  void apply(std::span<const row_change> changes, Changed&& changed);

  /// Every record of `partition` before `next` has been applied.
  void set_complete(partition_id partition, record_offset next) { progress_.set_complete(partition, next); }
  /// Whether partitions are being read from their starts, one ahead of the other: then deletes are remembered
  /// longer. Not so at first, and after `clear`. The end of a load forgets what is too much.
  enum class loading : bool { no, yes };
  void set_loading(loading feed);
  /// Deletes of `partition` before `offset` may be unknown.
  void raise_horizon(partition_id partition, record_offset offset) {
    progress_.raise_horizon(partition, offset);
  }
  record_offset complete(partition_id partition) const { return progress_.complete(partition); }
  record_offset horizon(partition_id partition) const { return progress_.horizon(partition); }
  /// Grows with every change of `complete` or `horizon`: tells whether there is anything new to say.
  std::uint64_t progress_version() const { return progress_.version(); }
  /// One past the highest partition that was ever spoken of.
  partition_id partitions() const { return progress_.partitions(); }

  // Tables.

  static constexpr table_id no_table = no_slot;
  table_id find(std::string_view client) const;
  table_id find_or_add(std::string_view client);
  std::string_view client(table_id id) const { return tables_[id].client; }
  /// Live rows, and the sum over them.
  std::size_t count(table_id id) const { return tables_[id].rows; }
  const checksum& sum(table_id id) const { return tables_[id].sum; }
  /// A number of the owner's for this table, `no_slot` at first. A table with one stays even when it is
  /// empty.
  std::uint32_t tag(table_id id) const { return tables_[id].tag; }
  void set_tag(table_id id, std::uint32_t tag);
  /// Whether `complete` holds for this table, as it does at first: every row of its client before it has been
  /// applied. While it does not, nobody is told to have seen more than the rows that are here show.
  using following = table::following;
  void set_following(table_id id, following feed);
  /// Forgets a table whole: its rows, its deletes, its tag. Raises no horizon: whoever drops can load it
  /// again.
  void drop(table_id id);
  /// How far a forgetting of partitions has come; begins with `partitions` alone.
  struct sweep {
    partition_set partitions;
    std::uint32_t row = 0;
    table_id table = 0;
  };
  /// Forgets every row, delete and position of some partitions, as if the feed had never spoken of them;
  /// looks at `slots` places a call at most, so that a million rows do not hold up the core. True when it is
  /// done. Until then nothing of them may be applied, and nobody reads them. Raises no horizon.
  bool drop_partitions(sweep& job, std::size_t slots);
  /// Calls `visit(table_id)` for every table, in no order.
  template <class Visit>
  void for_each_table(Visit&& visit) const;

  // Readers.

  enum class deletes : bool { skip, read };
  /// Before the first row. A reader that has nothing skips deletes of rows it never had; one that will itself
  /// serve readers with bookmarks reads those as well.
  cursor start(table_id id, deletes remembered = deletes::skip) const;
  /// After the last row: has read everything there is.
  cursor tail(table_id id) const;
  /// At the bookmark: only rows changed since are read. Sets `at` only when the verdict is `resumed`. A
  /// reader that reads but some partitions (`read_of`) is judged by its places in those.
  [[nodiscard]] resume_verdict resume(table_id id, const bookmark& from, cursor& at,
                                      const partition_set* of = nullptr) const;
  /// Reads on, oldest change first, until the tail or the budget's end; `visit(row_view)` returns what the
  /// row counts against `budget.bytes`.
  template <class Visit>
  read_end read(table_id id, cursor& at, read_budget budget, Visit&& visit) const {
    return read_where(
        id, at, budget, at_the_tail::keep_brought, [](partition_id) { return true; }, visit);
  }
  /// The same for a reader of some partitions: always the same ones for one cursor, and no bookmark is asked.
  template <class Visit>
  read_end read_of(const partition_set& partitions, table_id id, cursor& at, read_budget budget,
                   Visit&& visit) const {
    return read_where(
        id, at, budget, at_the_tail::forget_brought, [&](partition_id each) { return partitions.has(each); },
        visit);
  }
  bool at_tail(table_id id, const cursor& at) const { return at.change_ == tables_[id].changes; }
  /// What a reader that stopped here has seen: its bookmark. O(1) partitions at the tail; on the way to it a
  /// walk over what is left, the first time. What it brought of partitions that the table does not know goes
  /// on with the feed, until the table knows them itself.
  void bookmark_at(table_id id, cursor& at, bookmark& out) const;

  // Figures.

  std::size_t tables() const { return tables_.used(); }
  std::size_t rows() const { return live_; }
  std::size_t tombstones() const { return rows_.used() - live_; }
  /// Those of them that hide an older value in another partition.
  std::size_t tombstones_hiding() const { return hiding_; }
  std::uint64_t tombstones_forgotten() const { return forgotten_; }
  /// About what all this takes: rows and deletes with their text, places, index.
  std::size_t memory_bytes() const;

 private:
  using row = held_row;
  using row_slab = held_rows;
  using table_head = held_table;
  /// How many changes are looked up ahead: enough to keep ten misses in flight, few enough to stay in the
  /// first cache.
  static constexpr std::size_t group_size = 32;
  struct lookup {
    std::uint32_t client_hash;
    std::uint32_t row_hash;
    std::uint32_t row;
  };

  enum class at_the_tail : bool { forget_brought, keep_brought };
  template <class Wanted, class Visit>
  read_end read_where(table_id id, cursor& at, read_budget budget, at_the_tail then, Wanted&& wanted,
                      Visit&& visit) const;
  static void keep_brought(const table_head& table, const positions& seen, cursor& at);
  void name_brought(const table_head& table, const positions& brought, positions& seen) const;
  void look_ahead(std::span<const row_change> group, lookup* found) const;
  std::uint32_t find_row(const lookup& where, const row_change& change) const;
  table_id find_or_add(std::string_view client, std::uint32_t hash);
  /// The table that changed, or `no_table`.
  table_id apply_one(const row_change& change, const lookup& where);
  bool is_forgotten(const row_change& change, const table_head& by) const;
  static bool is_newer(const row_change& change, const row& than);
  void append(table_head& table, std::uint32_t slot);
  void unlink(table_head& table, std::uint32_t slot);
  void remember_delete(std::uint32_t slot);
  void note_move(std::uint32_t slot);
  enum class hides : bool { no, yes };
  bool stands(const delete_queue::entry& each, hides how) const;
  void forget_deletes();
  void forget(std::uint32_t slot);
  void remove_row(std::uint32_t slot);
  void drop_row(std::uint32_t slot);
  void remove_if_empty(table_id id);
  /// The first row to read, or `no_slot` at the tail.
  std::uint32_t first_unread(table_id id, const cursor& at) const;
  record_offset seen_to(const table_head& table, partition_id partition) const;

  table_limits limits_;
  name_hash hash_;
  generation feed_ = generation::none;
  loading loading_ = loading::no;
  row_slab rows_;
  slab<table_head, 256> tables_;
  slot_index row_index_;
  slot_index table_index_;
  feed_progress progress_;
  delete_queue deletes_;
  delete_queue hiding_deletes_;  ///< of rows that have an older value in another partition
  std::size_t live_ = 0;
  std::size_t hiding_ = 0;
  std::uint64_t forgotten_ = 0;
  std::size_t text_bytes_ = 0;  ///< keys and values
};

}  // namespace blotter::table

#include "table/table_walk.hpp"
