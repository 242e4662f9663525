#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "directory/placement_map.hpp"
#include "sim/grid.hpp"

namespace blotter::sim {

class host;

/// The map in which gateways agree on clients' nodes. It is part of the directory, and has its troubles; each
/// gateway has its own way here, by a `placements::end`.
class placements {
 public:
  placements(context& all, const grid& directory);
  class end;

 private:
  struct entry {
    std::string record;
    instant over{};
  };
  using entries = std::map<std::string, entry>;

  void watch();
  void follow_split();
  void remove_what_is_over();
  void write_by_hand(std::size_t side, const std::string& client);
  void tell(std::size_t side, const std::string& client, const std::optional<std::string>& record);
  void shake();
  std::size_t side(const end& who) const;
  microseconds way();

  context& all_;
  const grid& directory_;
  random_source chance_;
  entries halves_[2];
  bool split_ = false;
  std::uint64_t sides_ = 0;  ///< bit i: where gateway i is while it is split
  instant shaken_at_{};
  std::vector<end*> ends_;
};

/// One gateway's way to the map, as its client makes it: is answered, or gives up.
class placements::end final : public directory::placement_map {
 public:
  end(placements& of, host& at, std::uint32_t number);
  ~end() override;
  void use(directory::placement_map_user& user) { user_ = &user; }
  void tick(instant now);
  bool ready() const { return ready_; }

  bool put_if_absent(directory::map_call which, const std::string& client, const std::string& record,
                     milliseconds life, instant now) override;
  bool replace_if_same(directory::map_call which, const std::string& client, const std::string& before,
                       const std::string& record, instant now) override;
  bool set_life(directory::map_call which, const std::string& client, milliseconds life,
                instant now) override;

 private:
  friend class placements;
  using told = std::function<void(instant now)>;
  bool call(directory::map_call which, std::function<told()> run, instant now);
  void deliver(told what);
  bool reachable() const { return !of_.directory_.has(grid::trouble::away); }
  bool mute() const { return of_.directory_.has(grid::trouble::mute); }
  entries& map() { return of_.halves_[of_.side(*this)]; }
  instant over(milliseconds life);

  placements& of_;
  host& at_;
  const std::uint32_t number_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  directory::placement_map_user* user_ = nullptr;
  bool ready_ = false;
  instant dial_at_{};
  std::map<directory::map_call, instant> calls_;  ///< unanswered, and until when they are waited for
};

}  // namespace blotter::sim
