#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "directory/placement_keeper.hpp"
#include "gateway/gateway.hpp"
#include "sim/front.hpp"
#include "sim/node_host.hpp"
#include "sim/placements.hpp"
#include "sim/stream.hpp"

namespace blotter::sim {

class carry_wire;

/// A gateway's process: the production core, its links to nodes and its viewers' connections, and what its
/// shell keeps for a viewer that reads slowly.
class gateway_host final : public front, gateway::sink, directory::placement_listener {
 public:
  gateway_host(context& all, std::string name, const std::vector<std::unique_ptr<node_host>>& nodes);
  void connect_by(carry_wire& way) { ways_.push_back(&way); }
  /// Before it starts: it agrees with others there on clients' nodes. `number` of the gateway.
  void agree_by(placements& map, std::uint32_t number);

  // Links.
  void linked(carry_wire& way, std::uint32_t link);
  void unlinked(std::uint32_t link);
  void received(std::uint32_t link, link::to_gateway message);

  // Viewers.
  void accept(stream& from, request what) override;
  void writable(stream& from) override;
  void closed(stream& from) override;
  void ask_place(std::string client, place_hook to) override;
  const host& clock_of(const std::string& member) const override;
  /// What becomes of the answers that it gives about places.
  enum class places : std::uint8_t { told, late, lost };
  void set_places(places how);
  /// Called with the node that it names next, before the answer is under way.
  void at_next_place(std::function<void(node_host&)> act) { at_next_place_ = std::move(act); }
  void set_silent_death(bool silent) { silent_death_ = silent; }

  /// The core, while the process lives.
  const gateway::gateway* core() const { return core_.get(); }
  /// Bytes kept for the viewer that waits most.
  std::size_t kept_max() const;
  /// A client whose viewers get their streams from several nodes; empty where there is none.
  std::string scattered_client() const;
  /// Adds the nodes that its clients' streams come from, by client.
  void add_homes(std::map<std::string, std::set<std::string>>& all) const;
  /// From where it carries this client's viewers; null when it has none.
  node_host* node_of(const std::string& client) const;
  /// A client whose viewers it carries from one node, and would have connect to another. Asks for places.
  std::string client_placed_elsewhere();

 protected:
  void born() override;
  void died() override;
  void tick() override;
  bool settle() override;

 private:
  struct connection {
    stream* way = nullptr;
    std::size_t pending = 0;  ///< bytes that its socket has and the core does not know to be taken
    std::string kept = {};    ///< behind them
  };
  struct asked {
    std::uint32_t link;
    std::string client;
  };

  std::size_t send(gateway::viewer_id to, std::string_view events) override;
  void end(gateway::viewer_id which, ending how) override;
  void send(gateway::link_id to, link::to_serving_node message) override;
  void give_up(gateway::link_id which) override;
  void answer(gateway::request_id, std::string) override {}
  void rerouted(const gateway::reroute& what) override;
  void propose(std::string_view client, const directory::member_id& node,
               const std::optional<directory::member_id>& instead_of) override;

  // directory::placement_listener
  void placement_answered(std::string_view client, std::optional<directory::member_id> node) override;
  void placement_changed(std::string_view client, const std::optional<directory::member_id>& node) override;
  void placements_doubtful() override { core_->placements_doubtful(); }

  connection& connection_of(gateway::viewer_id which);
  void look_at_nodes();
  void begin_agreeing();
  void agree_on_time();
  void answer_place(std::uint64_t call, const std::string& client);
  void tell_place(std::uint64_t call, const place& what);
  void pass_superseded(const link::to_gateway& message);

  const std::vector<std::unique_ptr<node_host>>& nodes_;
  std::unique_ptr<gateway::gateway> core_;
  std::vector<carry_wire*> ways_;
  std::map<std::uint32_t, carry_wire*> links_;
  std::vector<connection> connections_;  ///< by the core's number
  stream* opening_ = nullptr;
  std::map<link::stream_id, asked> asked_;  ///< streams that are open
  std::vector<std::uint32_t> broken_;       ///< links that the core has given up
  std::uint32_t ticks_ = 0;
  std::uint32_t reports_ = 0;
  bool silent_death_ = false;
  placements* placements_ = nullptr;  ///< none: no directory
  std::uint32_t number_ = 0;
  std::optional<directory::placement_keeper> keeper_;
  std::unique_ptr<placements::end> way_;
  std::map<std::string, directory::member_id, std::less<>> proposed_;  ///< last, by client
  std::uint64_t lost_ = 0;
  std::map<std::uint64_t, place_hook> callers_;
  std::uint64_t calls_ = 0;
  places places_ = places::told;
  std::vector<std::pair<std::uint64_t, place>> late_;
  std::function<void(node_host&)> at_next_place_;
  std::map<std::string, place> first_places_;  ///< of the saboteur
};

}  // namespace blotter::sim
