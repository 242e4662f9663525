#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "table/table_set.hpp"

// Random lives of a set of tables against the plainest thing that could be right: a log, and for each reader
// a map.

namespace blotter::table {
namespace {

struct logged {
  std::string client;
  std::string key;
  std::string value;  ///< empty: a delete
  position at;
};

struct versioned {
  std::string value;
  position at;
  bool operator==(const versioned&) const = default;
};

/// What one viewer of the real system would hold, and how it came by it.
struct reader {
  std::string client;
  table_id id;
  cursor at;
  std::map<std::string, versioned> rows;
  std::map<std::string, record_offset> highest;  ///< of each key within its partition; must never fall
  std::vector<std::pair<std::string, std::map<std::string, versioned>>> bookmarks;
};

class life {
 public:
  explicit life(std::uint64_t seed)
      : random_(seed),
        partitions_(static_cast<std::uint32_t>(1 + random_.below(5))),
        clients_(1 + random_.below(4)),
        keys_(1 + random_.below(12)),
        set_({.tombstones_min = random_.below(3) ? random_.below(6) : 1000, .seed = seed}) {
    set_.clear(static_cast<generation>(seed + 1));
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      switch (random_.below(8)) {
        case 0:
          open();
          break;
        case 1:
          come_back();
          break;
        case 2:
          complete();
          break;
        case 3:
        case 4:
          read_some();
          break;
        default:
          change();
          break;
      }
    }
    for (reader& each : readers_) {
      read(each, {1'000'000, 1'000'000'000});
      read(each, {1'000'000, 1'000'000'000});  // once more for whom the first told to start anew
      EXPECT_EQ(each.rows, truth(each.client));
      expect_checksum(each);
    }
  }

 private:
  std::string client_name() { return "c" + std::to_string(random_.below(clients_)); }

  void change() {
    std::vector<logged> fresh;
    for (auto left = 1 + random_.below(40); left > 0; --left) {
      logged one{client_name(), "k" + std::to_string(random_.below(keys_)), "", {}};
      // A key stays in its partition, as keyed producers keep it.
      one.at.partition =
          static_cast<std::uint32_t>(std::hash<std::string>{}(one.client + one.key) % partitions_);
      next_[one.at.partition] += 1 + static_cast<record_offset>(random_.below(3));
      one.at.offset = next_[one.at.partition];
      if (random_.below(3)) one.value = std::to_string(one.at.offset);
      fresh.push_back(one);
    }
    std::vector<row_change> changes;
    for (const logged& each : fresh) {
      log_.push_back(each);
      changes.push_back({each.client,
                         each.key,
                         each.value,
                         each.at,
                         {},
                         each.value.empty() ? change_kind::erase : change_kind::put,
                         nullptr});
    }
    set_.apply(changes, [](table_id) {});
  }

  void complete() {
    for (std::uint32_t p = 0; p < partitions_; ++p) set_.set_complete(p, next_[p] + 1);
  }

  void open() {
    if (readers_.size() > 6) return;
    reader fresh{client_name(), 0, {}, {}, {}, {}};
    fresh.id = set_.find_or_add(fresh.client);
    set_.set_tag(fresh.id, 1);
    fresh.at = set_.start(fresh.id);
    readers_.push_back(std::move(fresh));
  }

  void read_some() {
    if (readers_.empty()) return;
    reader& each = readers_[random_.below(readers_.size())];
    read(each, {1 + random_.below(4), 1 + random_.below(20)});
    if (random_.below(3)) return;
    bookmark mark;
    set_.bookmark_at(each.id, each.at, mark);
    each.bookmarks.emplace_back(mark.text(), each.rows);
  }

  /// The reader breaks off and comes back with any bookmark it ever had, and the rows it had then.
  void come_back() {
    if (readers_.empty()) return;
    reader& each = readers_[random_.below(readers_.size())];
    if (each.bookmarks.empty()) return;
    const auto& [text, rows] = each.bookmarks[random_.below(each.bookmarks.size())];
    const auto mark = parse_bookmark(text);
    ASSERT_TRUE(mark);
    cursor again;
    const resume_verdict verdict = set_.resume(each.id, *mark, again);
    ASSERT_NE(static_cast<int>(verdict), static_cast<int>(resume_verdict::other_generation));
    ASSERT_NE(static_cast<int>(verdict), static_cast<int>(resume_verdict::from_the_future));
    if (verdict != resume_verdict::resumed) return;  // before the horizon: it would start anew
    each.rows = rows;
    each.highest.clear();
    for (const auto& [key, row] : rows) each.highest[key] = row.at.offset;
    each.at = std::move(again);
  }

  void read(reader& each, read_budget budget) {
    const read_end end = set_.read(each.id, each.at, budget, [&](const row_view& row) {
      const std::string key(row.content.key());
      EXPECT_GT(row.at.offset, each.highest.contains(key) ? each.highest[key] : -1) << "twice, or going back";
      each.highest[key] = row.at.offset;
      if (row.kind == change_kind::erase)
        each.rows.erase(key);
      else
        each.rows[key] = {std::string(row.content.value()), row.at};
      return row.content.value().size();
    });
    if (end == read_end::tail) {
      EXPECT_EQ(each.rows, truth(each.client));
      expect_checksum(each);
    }
    if (end == read_end::behind) {
      each.rows.clear();
      each.highest.clear();
      each.at = set_.start(each.id);
    }
  }

  void expect_checksum(const reader& each) {
    checksum sum;
    for (const auto& [key, row] : each.rows) sum.add(key_hash(key), row.at);
    EXPECT_EQ(sum.value(), set_.sum(each.id).value());
    EXPECT_EQ(each.rows.size(), set_.count(each.id));
  }

  std::map<std::string, versioned> truth(const std::string& client) const {
    std::map<std::string, versioned> rows;
    for (const logged& each : log_) {
      if (each.client != client) continue;
      if (each.value.empty())
        rows.erase(each.key);
      else
        rows[each.key] = {each.value, each.at};
    }
    return rows;
  }

  random_source random_;
  std::uint32_t partitions_;
  std::uint64_t clients_;
  std::uint64_t keys_;
  table_set set_;
  std::map<std::uint32_t, record_offset> next_;
  std::vector<logged> log_;
  std::vector<reader> readers_;
};

TEST(table_model, gives_every_reader_the_last_value_of_every_row_in_a_thousand_random_lives) {
  for (std::uint64_t seed = 0; seed < 1000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    life(seed).run(120);
  }
}

}  // namespace
}  // namespace blotter::table
