#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "directory/member_map.hpp"
#include "sim/context.hpp"

namespace blotter::sim {

class host;

/// The cluster that keeps the members' map, and all that may be wrong with it. Answers and events take their
/// time; each process has its own way here, by a `grid::end`.
class grid {
 public:
  explicit grid(context& all);

  /// What goes wrong until it is `mended`, apart from each other.
  enum class trouble : std::uint8_t {
    away,        ///< nobody is taken
    mute,        ///< it runs what it is asked, and says nothing
    slow,        ///< it answers in up to 3 s
    no_events,   ///< changes are not told
    disordered,  ///< answers and events are told twice, late, and in any order
    old_views,   ///< reads give what was there before
    count_,
  };
  void begin(trouble what, instant until);
  bool has(trouble what) const;
  /// Whether that was so within this time.
  bool had(trouble what, milliseconds within) const;
  /// Since when nobody could be told anything; none while somebody can be.
  std::optional<instant> silent_since() const;

  /// The last time, and its end, that nobody could be told anything and somebody can be now.
  std::optional<std::pair<instant, instant>> last_silence() const;

  /// Two halves that do not know of each other; then one again, with what the one had that wins.
  void split(std::uint64_t sides);
  void heal(std::uint64_t detail);
  bool is_split() const { return split_; }
  /// All records are gone, with a word of it or without.
  void lose_all(bool told);
  /// Its clock jumps: whatever has a time to live is over it.
  void expire_all();
  void mend_all();
  /// When records, or sides, last changed by themselves.
  instant shaken_at() const { return shaken_at_; }

  class end;

 private:
  struct entry {
    std::string record;
    instant over{};  ///< when its time to live ends
    instant written{};
    bool left = false;  ///< planted: its member removed it
  };
  using entries = std::map<std::string, entry, std::less<>>;

  entries& of(const end& who) { return halves_[side(who)]; }
  std::size_t side(const end& who) const;
  enum class change : std::uint8_t { written, removed, lost };
  void tell(std::size_t side, change what, const std::string& key, const std::string& record);
  void sweep();
  void keep_the_dead();
  void remember();
  const entries& view_for(const end& who);
  microseconds way();
  void shake();

  context& all_;
  random_source chance_;
  entries halves_[2];
  bool split_ = false;
  std::uint64_t sides_ = 0;  ///< bit i: where process i is while it is split
  milliseconds overdue_;     ///< a record is removed so long after its time
  instant until_[static_cast<std::size_t>(trouble::count_)] = {};
  instant since_[static_cast<std::size_t>(trouble::count_)] = {};
  std::deque<entries> before_[2];  ///< each half second, the newest last
  std::vector<end*> ends_;
  instant shaken_at_{};
};

/// One process's way to the grid, as its client makes it: connects by itself, is answered or gives up.
class grid::end final : public directory::member_map {
 public:
  /// `number`: of the process; `id`: of its member. The others outlive this.
  end(grid& of, host& at, std::uint32_t number, std::string id);
  ~end() override;
  void use(directory::member_map_user& user) { user_ = &user; }
  /// After the keeper's.
  void tick(instant now);
  /// Nothing passes until then.
  void cut(instant until) { cut_until_ = until; }
  bool is_cut() const { return of_.all_.time.now() < cut_until_; }
  instant cut_until() const { return cut_until_; }
  /// When it first wrote a record; none before.
  std::optional<instant> wrote_at() const { return wrote_at_; }

  bool ready() const override;
  milliseconds quiet(instant now) const override;
  bool put(directory::map_call which, const directory::member_id& key, const std::string& record,
           milliseconds life, instant now) override;
  bool remove_if_same(directory::map_call which, const directory::member_id& key, const std::string& record,
                      instant now) override;
  bool read_all(directory::map_call which, instant now) override;

 private:
  friend class grid;
  using told = std::function<void(instant now)>;
  /// Has `run` happen at the grid, which says what is answered.
  bool call(directory::map_call which, std::function<told()> run, instant now);
  /// On the process's loop, some time later; nothing when the process has ended by then.
  void deliver(told what);
  void hear_written(const std::string& key, const std::string& record, instant now);
  std::optional<std::string> spoiled_record(const std::string& key, const std::string& record);
  void lose(const std::string& why, instant now);
  void give_up(directory::map_call which, const char* why, instant now);
  bool reachable() const { return !of_.has(trouble::away) && !is_cut(); }

  grid& of_;
  host& at_;
  std::uint32_t number_;
  std::string id_;
  std::shared_ptr<bool> alive_;
  directory::member_map_user* user_ = nullptr;
  bool ready_ = false;
  instant heard_{};  ///< by the process's clock
  instant pinged_{};
  instant dial_at_{};
  std::map<directory::map_call, instant> calls_;  ///< unanswered, and until when they are waited for
  instant cut_until_{};
  std::vector<std::pair<std::string, std::string>> first_view_;  ///< of a client that reads once only
  std::optional<instant> wrote_at_;
};

}  // namespace blotter::sim
