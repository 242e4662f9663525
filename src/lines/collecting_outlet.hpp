#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "feed/event.hpp"

namespace blotter::lines {

/// For tests: what a source has put so far, as a router would see it, and a wait for it that is no sleep.
class collecting_outlet : public feed::outlet {
 public:
  struct seen {
    std::vector<table::generation> generations;
    std::vector<std::string> reasons;         // of the generations
    std::map<std::string, std::string> rows;  // "client row" to value, of the last generation
    std::vector<table::row_change> changes;   // of the last generation, without their text
    std::map<table::partition_id, table::record_offset> caught_up;  // of the last generation
    std::vector<std::string> lost;
    int restored = 0;
    std::string waiting_for;
  };

  bool put(feed::event what) override {
    const std::lock_guard lock(mutex_);
    std::visit([this](auto& each) { take(each); }, what);
    changed_.notify_all();
    return open_;
  }

  /// Until what was put satisfies `enough`; false when it does not within 20 s.
  template <class Condition>
  bool wait(Condition enough) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return enough(std::as_const(seen_)); });
  }
  seen now() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }

 private:
  void take(feed::change_batch& batch) {
    for (auto change : batch.changes) {
      const std::string name = std::string(change.client) + " " + std::string(change.key);
      if (change.kind == table::change_kind::put) {
        seen_.rows[name] = change.value;
      } else {
        seen_.rows.erase(name);
      }
      change.client = change.key = change.value = {};
      seen_.changes.push_back(change);
    }
  }
  void take(feed::generation_began& began) {
    seen_.generations.push_back(began.id);
    seen_.reasons.push_back(began.reason);
    seen_.rows.clear();
    seen_.changes.clear();
    seen_.caught_up.clear();
  }
  void take(feed::partition_began&) {}  // lines are one partition, begun with its generation
  void take(feed::partition_caught_up& reached) { seen_.caught_up[reached.partition] = reached.next; }
  void take(feed::horizon_known&) {}
  void take(feed::feed_lost& lost) { seen_.lost.push_back(lost.reason); }
  void take(feed::feed_restored&) { ++seen_.restored; }
  void take(feed::load_progress& progress) { seen_.waiting_for = progress.waiting_for; }

  std::mutex mutex_;
  std::condition_variable changed_;
  seen seen_;
  bool open_ = true;
};

}  // namespace blotter::lines
