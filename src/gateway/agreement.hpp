#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include "base/time.hpp"
#include "directory/member.hpp"
#include "gateway/audience.hpp"
#include "gateway/node_links.hpp"

namespace blotter::gateway {

class gateway;

/// Which node all gateways give a client to. A stream is opened at once, on the node that this gateway chose;
/// besides, that node is proposed to the directory, put-if-absent. Who finds another one there follows it, by
/// make before break.
///
/// So that gateways who know different things do not fight, the word of the directory stands, and is replaced
/// only where its node leaves, is no member any more, or is slow; and only by a node of which nothing of that
/// is true. A node that just this gateway cannot use (silent, not linked, full, held) is left for the while,
/// here alone; its clients come back when that is over. Of slowness each gateway finds by itself, so for that
/// it takes a client from a node once in a time that grows.
///
/// Hints of changes say only that it is worth to ask; the answer to a proposal is what counts, one at a time
/// for each client. A part of its gateway, on its core; audiences are those of the gateway, by their slot.
/// What waits is bounded by `proposals_waiting_max`, and one look an audience.
class agreement {
 public:
  explicit agreement(gateway& of) : of_(of) {}

  // The directory.
  void set_directory(bool reachable);
  /// The answer to `sink::propose`.
  void answered(std::string_view client, const std::optional<directory::member_id>& holder, instant now);
  void changed(std::string_view client, const std::optional<directory::member_id>& node);
  void doubtful();

  // The gateway.
  /// The directory's word is wanted: to be proposed when its turn comes.
  void want_word(std::uint32_t audience);
  /// Somebody is here for it, perhaps the first.
  void want_first_word(std::uint32_t audience);
  /// Whether the directory's node for this audience can have it now.
  bool stands(const audience& who, instant now) const {
    return standing_of(who, who.holder, now) == standing::good;
  }
  /// As many of those that wait as may be under way.
  void propose_waiting(instant now);
  void tick(instant now);

 private:
  enum class standing : std::uint8_t {
    good,   ///< it can have the client
    away,   ///< it cannot just now, as far as this gateway knows
    full,   ///< it keeps those whom it has: who comes from elsewhere is to have another
    leaves  ///< it is to be replaced: it has gone, goes, or is slow
  };
  standing standing_of(const audience& who, node_number node, instant now) const;
  void propose(std::uint32_t audience, const std::optional<directory::member_id>& instead_of, instant now);
  void take_holder(std::uint32_t audience, const directory::member_id& holder, instant now);
  bool replace(std::uint32_t audience, const directory::member_id& holder, instant now);
  void follow_holder(std::uint32_t audience);
  void look_later(std::uint32_t audience, instant now);
  void look_again(instant now);
  void propose_again(instant now);
  std::uint32_t turns_due(instant now);

  gateway& of_;
  bool reachable_ = false;
  std::deque<std::uint32_t> waiting_;                         ///< to be proposed
  std::deque<std::pair<instant, std::uint32_t>> look_again_;  ///< by when
  std::size_t under_way_ = 0;                                 ///< proposals that are to be answered
  std::uint32_t next_ = 0;                                    ///< whose turn it is to be proposed again
  std::uint32_t at_once_ = 0;    ///< so many of them without waiting for their time
  instant turns_taken_until_{};  ///< turns that were due until then were had
};

}  // namespace blotter::gateway
