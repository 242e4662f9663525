#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "directory/member.hpp"
#include "directory/placement_map.hpp"

namespace blotter::directory {

/// Hears which node has a client. Called from within the calls of the map's user, never within `propose`; may
/// call `propose`.
class placement_listener {
 public:
  virtual ~placement_listener() = default;
  /// The answer to a proposal: who has the client now. None: nobody knows.
  virtual void placement_answered(std::string_view client, std::optional<member_id> node) = 0;
  /// Somebody wrote that this node has the client, or the entry has gone: a hint, which may be old. To be
  /// sure, propose.
  virtual void placement_changed(std::string_view client, const std::optional<member_id>& node) = 0;
  /// Such hints may have been lost.
  virtual void placements_doubtful() = 0;
};

struct placements_options {
  /// An entry that no gateway has proposed again for so long goes: nobody looks at the client any more.
  milliseconds life = std::chrono::minutes(10);
  std::size_t proposals_max = 256;  ///< under way at once; what is beyond is refused
};

struct placement_figures {
  std::uint64_t proposals = 0;
  std::uint64_t refused = 0;     ///< not asked: too many, or nobody to ask
  std::uint64_t won = 0;         ///< nobody had the client
  std::uint64_t replaced = 0;    ///< the node that had it was to be replaced, and was
  std::uint64_t failed = 0;      ///< of which nobody knows what became
  std::uint64_t unreadable = 0;  ///< entries that name no member, and were to be written over
};

/// What gateways agree on: which node has a client, in a map that all share. Whoever writes first decides,
/// and the others learn who it was. A placement is a hint, which may be lost at any time. Decisions alone;
/// lives on one core, with its map; bounded by `proposals_max`.
class placement_keeper final : public placement_map_user {
 public:
  explicit placement_keeper(placements_options options) : options_(options) {}
  /// Both outlive this, or all calls. `use` before anything else.
  void use(placement_map& which) { map_ = &which; }
  void tell(placement_listener* who) { listener_ = who; }

  /// Says that this node has the client, unless the directory knows better: an entry stands, but for one that
  /// names `instead_of`, or no member in at most `placement_size_max` bytes. One that stands lives on. False:
  /// nobody was asked, and there is no answer.
  [[nodiscard]] bool propose(std::string_view client, const member_id& node,
                             const std::optional<member_id>& instead_of, instant now);

  const placement_figures& figures() const { return figures_; }
  std::size_t under_way() const { return proposals_.size(); }

  // placement_map_user
  void put_answered(map_call which, std::optional<std::string_view> before, instant now) override;
  void replace_answered(map_call which, bool replaced, instant now) override;
  void life_answered(map_call which, instant now) override;
  void placement_call_failed(map_call which, instant now) override;
  void placement_written(std::string_view client, std::optional<std::string_view> record) override;
  void placements_shaken() override;

 private:
  struct proposal {
    std::string client;
    member_id node;
    std::optional<member_id> instead_of = {};  ///< none any more once it was tried
    std::optional<member_id> holder = {};      ///< who has the client, as far as known
    bool spoiled_tried = false;                ///< an entry that names nobody was written over, or not
  };
  bool put(proposal&& what, instant now);
  void live_on(proposal&& what, instant now);
  void answer(const proposal& what);
  map_call next_call() { return map_call{++calls_}; }

  const placements_options options_;
  placement_map* map_ = nullptr;
  placement_listener* listener_ = nullptr;
  std::map<map_call, proposal> proposals_;
  std::uint64_t calls_ = 0;
  placement_figures figures_;
};

inline constexpr std::size_t placement_size_max = 1024;

/// The entry as JSON, one line: `{"node":"n1"}`.
std::string placement_json(const member_id& node);
/// Reads what `placement_json` writes; fields it does not know are ignored. Hostile text, of at most
/// `placement_size_max` bytes; nothing for anything else.
std::optional<member_id> read_placement(std::string_view json);

}  // namespace blotter::directory
