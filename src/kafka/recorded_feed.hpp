#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "feed/event.hpp"

namespace blotter::kafka {

/// What a source under test has said, to look at from the test's thread.
struct feed_record {
  std::map<std::pair<std::string, std::string>, std::string> rows;  ///< by client and key; the last values
  std::vector<feed::generation_began> generations;
  std::map<table::partition_id, table::record_offset> caught_up;  ///< in the present generation
  std::map<table::partition_id, table::record_offset> horizons;   ///< in the present generation
  std::map<table::partition_id, int> began;                       ///< times
  std::vector<std::string> losses;
  std::size_t restorations = 0;
  std::size_t changes = 0;
  std::map<table::partition_id, std::size_t> changes_of;  ///< by partition
  std::string waiting_for;
  bool in_order = true;  ///< no offset of a partition went back within a generation
};

/// An outlet that remembers. `wait_for` gives up after a time that only a broken source needs.
class recorded_feed : public feed::outlet {
 public:
  bool put(feed::event what) override {
    const std::lock_guard lock(mutex_);
    std::visit([this](const auto& event) { note(event); }, what);
    changed_.notify_all();
    return open_;
  }

  bool wait_for(const std::function<bool(const feed_record&)>& seen,
                std::chrono::seconds patience = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return seen(record_); });
  }
  feed_record record() {
    const std::lock_guard lock(mutex_);
    return record_;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }

 private:
  void note(const feed::change_batch& batch) {
    for (const auto& change : batch.changes) {
      const auto name = std::pair(std::string(change.client), std::string(change.key));
      rows_at_[name] = change.at.partition;
      if (change.kind == table::change_kind::put) {
        record_.rows[name] = change.value;
      } else {
        record_.rows.erase(name);
      }
      ++record_.changes_of[change.at.partition];
      auto& next = nexts_[change.at.partition];
      record_.in_order = record_.in_order && change.at.offset >= next;
      next = change.at.offset + 1;
    }
    record_.changes += batch.changes.size();
  }
  void note(const feed::generation_began& began) {
    record_.generations.push_back(began);
    record_.rows.clear();
    rows_at_.clear();
    record_.caught_up.clear();
    record_.horizons.clear();
    nexts_.clear();
  }
  void note(const feed::partition_began& what) {
    ++record_.began[what.partition];
    std::erase_if(rows_at_, [&](const auto& each) {
      if (each.second != what.partition) return false;
      record_.rows.erase(each.first);
      return true;
    });
    record_.caught_up.erase(what.partition);
    record_.horizons.erase(what.partition);
    nexts_.erase(what.partition);
  }
  void note(const feed::partition_caught_up& what) { record_.caught_up[what.partition] = what.next; }
  void note(const feed::horizon_known& what) { record_.horizons[what.partition] = what.offset; }
  void note(const feed::feed_lost& what) { record_.losses.push_back(what.reason); }
  void note(const feed::feed_restored&) { ++record_.restorations; }
  void note(const feed::load_progress& what) { record_.waiting_for = what.waiting_for; }

  std::mutex mutex_;
  std::condition_variable changed_;
  feed_record record_;
  std::map<table::partition_id, table::record_offset> nexts_;
  std::map<std::pair<std::string, std::string>, table::partition_id> rows_at_;
  bool open_ = true;
};

}  // namespace blotter::kafka
