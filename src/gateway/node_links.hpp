#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "directory/member.hpp"
#include "gateway/link_watch.hpp"
#include "link/stream_message.hpp"
#include "table/slab.hpp"

namespace blotter::gateway {

/// A link to one core of one node, as the shell numbers them; never used twice.
enum class link_id : std::uint32_t {};
/// A node's number in this gateway; never used twice.
enum class node_number : std::uint32_t { none = 0 };

/// A link and the streams on it.
struct node_link {
  link_id id{};
  bool up = false;
  node_number node{};
  std::uint32_t core = 0;
  std::uint32_t streams = 0;
  link::stream_taken taken;  ///< to be said

  /// The number of the next heartbeat.
  std::uint64_t beat(instant now) {
    asked_[++beats_ % asked_.size()] = now;
    return beats_;
  }
  /// How long this echo took; none for one that is older than 16, or never was asked for.
  std::optional<instant::duration> echoed(std::uint64_t number, instant now) const {
    if (number == 0 || number > beats_ || beats_ - number >= asked_.size()) return std::nullopt;
    return now - asked_[number % asked_.size()];
  }

 private:
  std::uint64_t beats_ = 0;
  std::array<instant, 16> asked_{};
};

/// A node, for as long as the directory names it or a link goes to it.
struct node_peer {
  directory::member_id id;
  std::string address = {};               ///< where it can be linked to; its name while that is not known
  std::vector<std::uint32_t> links = {};  ///< by core: slot, or `no_slot`
  bool in_directory = false;
  bool draining = false;
  bool gray = false;              ///< much slower than its peers: its clients are moved away
  std::uint64_t report = 0;       ///< the number of its last load report
  instant reported_full_until{};  ///< that report said so
  instant full_until{};           ///< it said so of a stream
  instant leaving_until{};        ///< it said that it leaves

  bool whole() const;  ///< every core of it is linked
  bool full(instant now) const { return now < full_until || now < reported_full_until; }
};

/// The nodes that are known and the links to them; and which of these were not heard for too long.
class node_links {
 public:
  explicit node_links(link_watch::limits limits) : watch(limits) {}

  std::uint32_t add(link_id id, const directory::member_id& node, std::uint32_t core, std::uint32_t cores,
                    instant now);
  void remove(std::uint32_t slot);
  /// Takes over what the directory says of nodes. Those that neither it nor a link names are forgotten.
  void see(std::span<const directory::member> all);

  /// Its slot, or `no_slot`: lost meanwhile.
  std::uint32_t find(link_id id) const;
  node_link& operator[](std::uint32_t slot) { return links_[slot]; }
  const node_link& operator[](std::uint32_t slot) const { return links_[slot]; }
  std::uint32_t end() const { return static_cast<std::uint32_t>(links_.size()); }

  std::map<node_number, node_peer>& nodes() { return nodes_; }
  const std::map<node_number, node_peer>& nodes() const { return nodes_; }
  node_number find(const directory::member_id& id) const;
  /// Null for one that is forgotten, and for none.
  const node_peer* node(node_number number) const;
  node_peer& node_of(std::uint32_t link) { return nodes_.at(links_[link].node); }

  /// The link on which the node serves this client; `no_slot` while there is none.
  std::uint32_t link_to(const node_peer& node, std::string_view client) const;
  bool linked(node_number number) const;
  /// Every core of it is linked and heard.
  bool well(const node_peer& node) const;
  std::size_t streams(const node_peer& node) const;

  link_watch watch;

 private:
  node_number number_of(const directory::member_id& id);
  void forget_unnamed();

  std::vector<node_link> links_;
  std::map<node_number, node_peer> nodes_;
  std::uint32_t last_number_ = 0;
};

}  // namespace blotter::gateway
