#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "table/table_set.hpp"

// Random lives of a set of tables that loses partitions and gets them again, against the plainest thing that
// could be right: a map of all rows, and for each reader of some partitions a map of what it was shown.

namespace blotter::table {
namespace {

using row_name = std::pair<std::string, std::string>;  ///< client and key
struct versioned {
  std::string value;
  position at;
  bool operator==(const versioned&) const = default;
};

class life {
 public:
  explicit life(std::uint64_t seed)
      : random_(seed),
        partitions_(static_cast<std::uint32_t>(2 + random_.below(5))),
        next_(partitions_),
        set_({.tombstones_min = random_.below(2) ? random_.below(6) : 1000, .seed = seed}) {
    set_.clear(static_cast<generation>(seed + 1));
    for (partition_id p = 0; p < partitions_; ++p)
      if (random_.below(2)) read_.add(p);
  }

  void run() {
    for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
      switch (random_.below(6)) {
        case 0:
          begin_drop();
          break;
        case 1:
          drop_some(1 + random_.below(20));
          break;
        case 2:
          read(1 + random_.below(5));
          break;
        default:
          change();
      }
    }
    drop_some(SIZE_MAX);
    read(SIZE_MAX);
    read(SIZE_MAX);  // once more for whom the first told to start anew
    check();
  }

 private:
  static std::string client(std::uint64_t number) { return "c" + std::to_string(number); }

  void change() {
    std::vector<std::string> names;
    for (auto left = 1 + random_.below(30); left > 0; --left) {
      const row_name name{client(random_.below(3)), "k" + std::to_string(random_.below(12))};
      const auto p =
          static_cast<partition_id>(std::hash<std::string>{}(name.first + name.second) % partitions_);
      if (job_.partitions.has(p)) continue;
      const position at{p, next_[p]++};
      const std::string value = random_.below(3) ? std::to_string(at.offset) : std::string();
      const auto kind = value.empty() ? change_kind::erase : change_kind::put;
      const row_change one{name.first, name.second, value, at, {}, kind, nullptr};
      set_.apply({&one, 1}, [](table_id) {});
      if (value.empty())
        rows_.erase(name);
      else
        rows_[name] = {value, at};
      set_.set_complete(p, next_[p]);
    }
  }

  void begin_drop() {
    if (!job_.partitions.empty()) return;
    for (partition_id p = 0; p < partitions_; ++p) {
      if (read_.has(p) || random_.below(2)) continue;
      job_.partitions.add(p);
      next_[p] = 0;
    }
    std::erase_if(rows_, [this](const auto& each) { return job_.partitions.has(each.second.at.partition); });
  }

  void drop_some(std::size_t slots) {
    if (job_.partitions.empty() || !set_.drop_partitions(job_, slots)) return;
    job_.partitions.for_each([this](partition_id p) {
      EXPECT_EQ(set_.complete(p), 0);
      EXPECT_EQ(set_.horizon(p), 0);
    });
    job_ = {};
    check();
  }

  void read(std::size_t rows) {
    for (std::uint64_t c = 0; c < 3; ++c) {
      reader& mine = readers_[client(c)];
      if (mine.table == table_set::no_table) {
        mine.table = set_.find_or_add(client(c));
        set_.set_tag(mine.table, 1);
        mine.at = set_.start(mine.table);
      }
      const read_end end =
          set_.read_of(read_, mine.table, mine.at, {rows, SIZE_MAX}, [&](const row_view& row) {
            EXPECT_TRUE(read_.has(row.at.partition));
            if (row.kind == change_kind::erase)
              mine.rows.erase(std::string(row.content.key()));
            else
              mine.rows[std::string(row.content.key())] = {std::string(row.content.value()), row.at};
            return std::size_t{0};
          });
      if (end == read_end::behind) {
        mine.rows.clear();
        mine.at = set_.start(mine.table);
      }
      if (end == read_end::tail) {
        EXPECT_EQ(mine.rows, truth(client(c)));
      }
    }
  }

  std::map<std::string, versioned> truth(const std::string& of) const {
    std::map<std::string, versioned> rows;
    for (const auto& [name, row] : rows_)
      if (name.first == of && read_.has(row.at.partition)) rows[name.second] = row;
    return rows;
  }

  /// Counts, sums and memory are those of what is left.
  void check() {
    EXPECT_EQ(set_.rows(), rows_.size());
    std::map<std::string, std::pair<std::size_t, checksum>> sums;
    for (const auto& [name, row] : rows_) {
      ++sums[name.first].first;
      sums[name.first].second.add(key_hash(name.second), row.at);
    }
    set_.for_each_table([&](table_id id) {
      const auto& [count, sum] = sums[std::string(set_.client(id))];
      EXPECT_EQ(set_.count(id), count);
      EXPECT_EQ(set_.sum(id).value(), sum.value());
    });
    EXPECT_LE(set_.tombstones(), std::max<std::size_t>(1000, set_.rows()));
  }

  struct reader {
    table_id table = table_set::no_table;
    cursor at;
    std::map<std::string, versioned> rows;
  };
  random_source random_;
  std::uint32_t partitions_;
  std::vector<record_offset> next_;
  table_set set_;
  partition_set read_;
  table_set::sweep job_;
  std::map<row_name, versioned> rows_;
  std::map<std::string, reader> readers_;
};

TEST(partition_drop, leaves_what_it_should_in_a_thousand_random_lives) {
  for (std::uint64_t seed = 0; seed < 1000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    life(seed).run();
  }
}

TEST(partition_drop, gives_the_memory_of_its_rows_back) {
  table_set set({});
  set.clear(generation{1});
  const std::size_t before = set.memory_bytes();
  const std::string value(1000, 'x');
  for (int i = 0; i < 100; ++i) {
    const std::string key = "k" + std::to_string(i);
    const row_change one{"c", key, value, {i % 2u, i}, {}, change_kind::put, nullptr};
    set.apply({&one, 1}, [](table_id) {});
  }
  const std::size_t full = set.memory_bytes() - before;
  EXPECT_GT(full, 100'000u);
  table_set::sweep job{partition_set::of(std::vector<partition_id>{0}), 0, 0};
  while (!set.drop_partitions(job, 7)) {
  }
  EXPECT_NEAR(static_cast<double>(set.memory_bytes() - before), static_cast<double>(full) / 2, 2000);
  job = {partition_set::of(std::vector<partition_id>{1}), 0, 0};
  EXPECT_TRUE(set.drop_partitions(job, SIZE_MAX));
  EXPECT_EQ(set.memory_bytes(), before);
  EXPECT_EQ(set.tables(), 0u);
}

}  // namespace
}  // namespace blotter::table
