#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "directory/placement.hpp"
#include "scenario/fleet.hpp"

namespace blotter::scenario {

/// Where clients go that come, or whose node leaves.
class placer {
 public:
  virtual ~placer() = default;
  /// Once a second, before any client is placed in it.
  virtual void see(const fleet&, instant) {}
  /// A node that serves; none where there is none.
  virtual std::optional<node_number> choose(client_number who, const fleet& all, instant now) = 0;
  /// A node's share, in eighths of an ordinary one's; only ours knows such a thing.
  virtual void set_weight(node_number, std::uint32_t) {}
};

enum class placing : std::uint8_t { blotter, round_robin, least_connections, bounded_hashing };
std::unique_ptr<placer> make_placer(placing which, unsigned gateways);

/// The production core, one in each gateway, fed by reports that are up to a second old; clients come through
/// the gateways in turn.
class own_placer final : public placer {
 public:
  explicit own_placer(unsigned gateways);
  void see(const fleet& all, instant now) override;
  std::optional<node_number> choose(client_number who, const fleet& all, instant now) override;
  void set_weight(node_number which, std::uint32_t eighths) override;

 private:
  std::vector<directory::placement> gateways_;
  std::size_t next_ = 0;
};

// The others know the fleet exactly and at once, as a single balancer in front of it would, which is more
// than any of several gateways knows.

/// One after the other.
class round_robin final : public placer {
 public:
  std::optional<node_number> choose(client_number who, const fleet& all, instant now) override;

 private:
  std::size_t next_ = 0;
};

/// That with the fewest viewers; the first of several.
class least_connections final : public placer {
 public:
  std::optional<node_number> choose(client_number who, const fleet& all, instant now) override;
};

/// Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, SODA 2018): the first node from
/// the client's place on a ring that has fewer than ceil(bound x (clients + 1) / nodes). 100 points a node.
/// Who was placed before stays, as streams do: only the choice is made by it.
class bounded_hashing final : public placer {
 public:
  static constexpr double bound = 1.25;
  static constexpr unsigned points = 100;
  std::optional<node_number> choose(client_number who, const fleet& all, instant now) override;

 private:
  void lay_out(const std::vector<node_number>& nodes);
  std::vector<std::pair<std::uint64_t, node_number>> ring_;
  std::vector<node_number> of_;
};

}  // namespace blotter::scenario
