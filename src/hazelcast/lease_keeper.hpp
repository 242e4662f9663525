#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "directory/lease_view.hpp"
#include "hazelcast/client.hpp"

namespace blotter::hazelcast {

/// How the directory stands with the cluster that keeps it.
struct standing {
  bool connected = false;
  instant since{};     ///< of being so
  std::string reason;  ///< for people, while not connected
};

struct keeper_options {
  std::string map = "blotter.members";
  directory::lease_options leases = {};
  /// For how long members keep a record that is not renewed. It only cleans up: who is alive is ours to
  /// judge.
  time_to_live record_life{4'000};
  milliseconds read_every{10'000};  ///< all records, whatever was heard
  milliseconds read_again{500};     ///< after a read that failed
  milliseconds quiet_max{1'500};    ///< a member that says nothing for so long makes what is known doubtful
};

/// Keeps the records of members of ours in a map of a Hazelcast cluster, and reads everybody's: decisions
/// alone. What the client hears are hints; the view decides. Lives on one core, with its client.
class lease_keeper final : public client_listener {
 public:
  using events = directory::lease_view::events;

  /// `chance` tells processes with one id apart; `on_news`, where given, is called when there is something
  /// for `take_events`. `use` before anything else.
  lease_keeper(keeper_options options, std::uint64_t chance, std::function<void()> on_news = {});
  /// The client that listens to the map; outlives this, or all calls.
  void use(client& which) { client_ = &which; }

  // As directory::directory has them; `join` also refuses what others could not read, with the error of
  // directory::read_lease.
  [[nodiscard]] result<void> join(const directory::member& self, instant now);
  [[nodiscard]] result<void> report(const directory::member_id& self, const directory::load_report& load,
                                    instant now);
  [[nodiscard]] result<void> enter(const directory::member_id& self, directory::stage next, instant now);
  [[nodiscard]] result<void> share(const directory::member_id& self, const directory::feed_share& feed,
                                   instant now);
  void leave(const directory::member_id& self, instant now);

  /// Each 50 ms or so, before the client's.
  void tick(instant now);
  /// What changed since the last call, in order.
  events take_events();

  /// Every living member, by id.
  std::vector<directory::member> members() const;
  const directory::lease_view& view() const { return view_; }
  /// Whether this process has a connection to this member that answers: then its lease does not matter.
  void set_connected(const directory::member_id& who, bool alive) { view_.set_connected(who, alive); }
  const standing& state() const { return standing_; }
  /// Nothing of ours is on its way: after `leave`, the map has it.
  bool settled() const;
  std::uint64_t reads() const { return reads_; }

  // client_listener
  void client_ready(instant now) override;
  void client_away(error_code why, const address& where, instant now) override;
  void cluster_changed(instant now) override;
  void entry_changed(const entry_event& what, instant now) override;

 private:
  /// A member of ours.
  struct own {
    directory::lease record;
    enum class phase : std::uint8_t {
      waiting,  // its name may be another's: until the directory has been read, or until that one is dead
      held,
      lost,  // another process has its name
      leaving,
    } is = phase::waiting;
    bool writing = false;
    bool changed = false;           // since what is being written
    bool refused = false;           // the last write failed
    std::string written = {};       // serialized, as last sent
    std::string acknowledged = {};  // the last of these of which the map said so
    directory::errc lost_to = directory::errc::no_such_member;
  };

  result<own*> living(const directory::member_id& self);
  bool is_living(const directory::member_id& who) const;
  void settle_names(instant now);
  void settle_name(own& which, instant now);
  void lose(own& which);
  void write(own& which, instant now);
  void wrote(const directory::member_id& self, result<message> answer, instant now);
  void hear_before(const own& which, message answer, instant now);
  void remove(own& which, instant now);
  void read(instant now);
  void got_all(result<message> answer, instant asked, instant now);
  static std::string_view text_of(std::string_view serialized);
  std::string why_failed(error_code why, instant now) const;
  void note(events more);
  void fail(std::string reason, instant now);
  void restore(instant now);

  const keeper_options options_;
  directory::lease_view view_;
  random_source chance_;
  std::function<void()> on_news_;
  client* client_ = nullptr;
  std::map<directory::member_id, own> own_;
  events news_;
  standing standing_;
  bool reading_ = false;
  instant next_read_{};
  std::uint64_t reads_ = 0;
};

}  // namespace blotter::hazelcast
