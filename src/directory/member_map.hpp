#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "directory/lease_view.hpp"

namespace blotter::directory {

/// Which call an answer is for: the caller numbers them, and gives no number twice.
enum class map_call : std::uint64_t { none };

/// The map in which members keep their records, by id, wherever that is: what `lease_keeper` asks of it.
/// Nothing here waits, and no answer comes before the call returns.
class member_map {
 public:
  virtual ~member_map() = default;

  /// It takes calls and tells of changes.
  virtual bool ready() const = 0;
  /// How long that part of it which has been quiet for longest has said nothing.
  virtual milliseconds quiet(instant now) const = 0;

  // Each false when it is not asked at all: then there is no answer. Otherwise there is one, by the calls of
  // `member_map_user`, or `failed` when nobody knows whether it ran.
  /// Kept for `life` from when it is written.
  virtual bool put(map_call which, const member_id& key, const std::string& record, milliseconds life,
                   instant now) = 0;
  virtual bool remove_if_same(map_call which, const member_id& key, const std::string& record,
                              instant now) = 0;
  virtual bool read_all(map_call which, instant now) = 0;
};

/// What the map says. Keys and records are hostile text, borrowed until the call returns. Answers may be
/// late, doubled, or for calls long forgotten; events may be lost, doubled or in the wrong order.
class member_map_user {
 public:
  using stored = lease_view::stored;

  /// It is `ready` from here on: what changed before was not told, and must be read.
  virtual void ready(instant now) = 0;
  /// It is not, or not yet, and why: said for each failed attempt.
  virtual void away(std::string reason, instant now) = 0;
  /// Records may be lost or changed without an event.
  virtual void shaken(instant now) = 0;

  // Answers.
  /// `before`: what was written over.
  virtual void wrote(map_call which, std::optional<std::string_view> before, instant now) = 0;
  /// False: another record stood there, or none.
  virtual void removed_if_same(map_call which, bool gone, instant now) = 0;
  virtual void all_read(map_call which, std::span<const stored> all, instant now) = 0;
  virtual void failed(map_call which, std::string reason, instant now) = 0;

  // Events.
  virtual void entry_written(stored what, instant now) = 0;
  /// By somebody's hand.
  virtual void entry_removed(std::string_view key, instant now) = 0;
  /// By the map itself.
  virtual void entry_lost(std::string_view key, instant now) = 0;

 protected:
  ~member_map_user() = default;
};

}  // namespace blotter::directory
