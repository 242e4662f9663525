#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace blotter::table {

/// Deletes in the order in which they came, for the oldest to be forgotten first. Entries whose row came back
/// stay behind and are passed over: the owner's `stands` tells.
class delete_queue {
 public:
  struct entry {
    std::uint32_t row;
    std::uint32_t table;
    std::uint64_t change;
  };

  /// `standing`: how many entries stand, this one included. When they are the lesser part, others go.
  template <class Stands>
  void add(const entry& one, std::size_t standing, Stands&& stands) {
    all_.push_back(one);
    if (all_.size() > 2 * standing + 1024)
      std::erase_if(all_, [&](const entry& each) { return !stands(each); });
  }
  /// Takes the oldest that stands, if there is one.
  template <class Stands>
  std::optional<entry> take(Stands&& stands) {
    while (!all_.empty()) {
      const entry oldest = all_.front();
      all_.pop_front();
      if (stands(oldest)) return oldest;
    }
    return {};
  }
  void clear() { all_.clear(); }
  std::size_t memory_bytes() const { return all_.size() * sizeof(entry); }

 private:
  std::deque<entry> all_;
};

}  // namespace blotter::table
