#include "gateway/node_links.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "directory/rendezvous.hpp"

namespace blotter::gateway {

using table::no_slot;

bool node_peer::whole() const {
  return !links.empty() && std::ranges::find(links, no_slot) == links.end();
}

std::uint32_t node_links::add(link_id id, const directory::member_id& node, std::uint32_t core,
                              std::uint32_t cores, instant now) {
  check(find(id) == no_slot && core < cores);
  std::uint32_t slot = 0;
  while (slot < links_.size() && links_[slot].up) ++slot;
  if (slot == links_.size()) links_.emplace_back();
  const node_number number = number_of(node);
  links_[slot] = {};
  links_[slot].id = id;
  links_[slot].up = true;
  links_[slot].node = number;
  links_[slot].core = core;
  node_peer& peer = nodes_.at(number);
  peer.links.resize(cores, no_slot);
  peer.links[core] = slot;  // the newest: an older one of the same core is about to be found lost
  watch.add(slot, static_cast<std::uint32_t>(number), now);
  return slot;
}

void node_links::remove(std::uint32_t slot) {
  const node_link gone = links_[slot];
  links_[slot] = {};
  watch.remove(slot);
  node_peer& peer = nodes_.at(gone.node);
  if (gone.core < peer.links.size() && peer.links[gone.core] == slot) {
    peer.links[gone.core] = no_slot;
    for (std::uint32_t other = 0; other < links_.size(); ++other)
      if (links_[other].up && links_[other].node == gone.node && links_[other].core == gone.core)
        peer.links[gone.core] = other;
  }
  forget_unnamed();
}

void node_links::see(std::span<const directory::member> all) {
  for (auto& [number, peer] : nodes_) peer.in_directory = false;
  for (const directory::member& each : all) {
    if (std::ranges::find(each.roles, directory::role::node) == each.roles.end()) continue;
    node_peer& peer = nodes_.at(number_of(each.id));
    peer.in_directory = true;
    peer.draining = each.stage == directory::stage::draining;
    if (!each.link_address.empty()) peer.address = each.link_address;
  }
  forget_unnamed();
}

void node_links::forget_unnamed() {
  std::erase_if(nodes_, [&](const auto& each) { return !each.second.in_directory && !linked(each.first); });
}

std::uint32_t node_links::find(link_id id) const {
  for (std::uint32_t slot = 0; slot < links_.size(); ++slot)
    if (links_[slot].up && links_[slot].id == id) return slot;
  return no_slot;
}

node_number node_links::find(const directory::member_id& id) const {
  for (const auto& [number, peer] : nodes_)
    if (peer.id == id) return number;
  return node_number::none;
}

node_number node_links::number_of(const directory::member_id& id) {
  const node_number known = find(id);
  if (known != node_number::none) return known;
  const node_number number{++last_number_};
  nodes_.emplace(number, node_peer{.id = id, .address = id.text()});
  return number;
}

const node_peer* node_links::node(node_number number) const {
  const auto found = nodes_.find(number);
  return found == nodes_.end() ? nullptr : &found->second;
}

std::uint32_t node_links::link_to(const node_peer& node, std::string_view client) const {
  if (node.links.empty()) return no_slot;
  return node.links[directory::core_of(client, static_cast<std::uint32_t>(node.links.size()))];
}

bool node_links::linked(node_number number) const {
  return std::ranges::any_of(links_, [&](const node_link& one) { return one.up && one.node == number; });
}

bool node_links::well(const node_peer& node) const {
  return node.whole() &&
         std::ranges::all_of(node.links, [&](std::uint32_t slot) { return watch.trusted(slot); });
}

std::size_t node_links::streams(const node_peer& node) const {
  std::size_t sum = 0;
  for (const node_link& each : links_)
    if (each.up && nodes_.at(each.node).id == node.id) sum += each.streams;
  return sum;
}

}  // namespace blotter::gateway
