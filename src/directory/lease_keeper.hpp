#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "directory/lease_view.hpp"
#include "directory/member_map.hpp"

namespace blotter::directory {

/// How the directory stands with the map that keeps it.
struct standing {
  bool connected = false;
  instant since{};     ///< of being so
  std::string reason;  ///< for people, while not connected
};

struct keeper_options {
  lease_options leases = {};
  /// For how long the map keeps a record that is not renewed. It only cleans up: who is alive is ours to
  /// judge.
  milliseconds record_life{4'000};
  milliseconds read_every{10'000};  ///< all records, whatever was heard
  milliseconds read_again{500};     ///< after a read that failed, and while a member is in doubt
  milliseconds quiet_max{1'500};    ///< a map that says nothing for so long makes what is known doubtful
  /// A member whose record stands still for so long may be dead, or its events are lost: the map is read.
  milliseconds doubt_after{2'000};
  /// When a connection to a member ends, its record counts after so long: time to read it.
  milliseconds let_go_after{1'500};
};

/// Keeps the records of members of ours in a map that all share, and reads everybody's: decisions alone.
/// Events of the map are hints; the view decides. Lives on one core, with its map.
class lease_keeper final : public member_map_user {
 public:
  using events = lease_view::events;

  /// `chance` tells processes with one id apart; `on_news`, where given, is called when there is something
  /// for `take_events`. `use` before anything else.
  lease_keeper(keeper_options options, std::uint64_t chance, std::function<void()> on_news = {});
  /// The map that tells this of its changes; outlives this, or all calls.
  void use(member_map& which) { map_ = &which; }

  // As `directory` has them; `join` also refuses what others could not read, with the error of `read_lease`.
  [[nodiscard]] result<void> join(const member& self, instant now);
  [[nodiscard]] result<void> report(const member_id& self, const load_report& load, instant now);
  [[nodiscard]] result<void> enter(const member_id& self, stage next, instant now);
  [[nodiscard]] result<void> share(const member_id& self, const feed_share& feed, instant now);
  void leave(const member_id& self, instant now);

  /// Each 50 ms or so, before the map's.
  void tick(instant now);
  /// What changed since the last call, in order.
  events take_events();

  /// Every living member, by id.
  std::vector<member> members() const;
  const lease_view& view() const { return view_; }
  /// Whether this process has a connection to this member that answers: then its lease does not matter.
  void set_connected(const member_id& who, bool alive);
  const standing& state() const { return standing_; }
  /// Nothing of ours is on its way: after `leave`, the map has it.
  bool settled() const;
  std::uint64_t reads() const { return reads_; }

  // member_map_user
  void ready(instant now) override;
  void away(std::string reason, instant now) override;
  void shaken(instant now) override;
  void wrote(map_call which, std::optional<std::string_view> before, instant now) override;
  void removed_if_same(map_call which, bool gone, instant now) override;
  void all_read(map_call which, std::span<const stored> all, instant now) override;
  void failed(map_call which, std::string reason, instant now) override;
  void entry_written(stored what, instant now) override;
  void entry_removed(std::string_view key, instant now) override;
  void entry_lost(std::string_view key, instant now) override;

 private:
  /// A member of ours.
  struct own {
    lease record;
    enum class phase : std::uint8_t {
      waiting,  // its name may be another's: until the directory has been read, or until that one is dead
      held,
      lost,  // another process has its name
      leaving,
    } is = phase::waiting;
    map_call writing = map_call::none;
    map_call removing = map_call::none;
    bool changed = false;           // since what is being written
    bool refused = false;           // the last write failed
    std::string written = {};       // as last sent
    std::string acknowledged = {};  // the last of these of which the map said so
    errc lost_to = errc::no_such_member;
  };

  result<own*> living(const member_id& self);
  bool is_living(const member_id& who) const;
  own* find(std::string_view key);
  own* find(map_call own::*under_way, map_call which);
  map_call next_call() { return map_call{++calls_}; }
  void let_go(instant now);
  void settle_names(instant now);
  void settle_name(own& which, instant now);
  void lose(own& which);
  void write(own& which, instant now);
  void written(own& which, instant now);
  void remove(own& which, instant now);
  void read(instant now);
  std::string why_failed(std::string reason, instant now) const;
  void note(events more);
  void fail(std::string reason, instant now);
  void restore(instant now);

  const keeper_options options_;
  lease_view view_;
  random_source chance_;
  std::function<void()> on_news_;
  member_map* map_ = nullptr;
  std::map<member_id, own> own_;
  std::map<member_id, std::optional<instant>> let_go_;  ///< whose connection ended, and until when it counts
  events news_;
  standing standing_;
  std::uint64_t calls_ = 0;
  map_call reading_ = map_call::none;
  instant asked_{};  // when it was begun
  instant next_read_{};
  instant next_doubt_{};
  std::uint64_t reads_ = 0;
};

}  // namespace blotter::directory
