#include "gateway/link_watch.hpp"

#include <algorithm>
#include <utility>

#include "link/message.hpp"

namespace blotter::gateway {

namespace {

/// Below it there is no telling who of those that do not hear each other is sick.
constexpr std::size_t nodes_min = 3;

}  // namespace

void link_watch::add(std::uint32_t link, std::uint32_t node, instant now) {
  if (entries_.size() <= link) entries_.resize(link + 1);
  entries_[link] = {.used = true, .node = node, .heard = now};
}

void link_watch::remove(std::uint32_t link) {
  entries_[link] = {};
}

void link_watch::heard(std::uint32_t link, instant now) {
  entry& mine = entries_[link];
  mine.heard = now;
  if (mine.is != health::well && mine.resumed == instant{}) mine.resumed = now;
}

bool link_watch::condemn(std::uint32_t link, instant now) {
  entry& mine = entries_[link];
  if (mine.is == health::suspect || now - mine.heard <= 2 * link::heartbeat_period) return false;
  mine.is = health::suspect;
  mine.resumed = {};
  return true;
}

const std::vector<link_watch::change>& link_watch::tick(instant now) {
  skip_own_stall(now);
  suspects_itself_ = most_are_quiet(now);
  changed_.clear();
  for (std::uint32_t link = 0; link < entries_.size(); ++link) {
    entry& mine = entries_[link];
    if (!mine.used) continue;
    const health next = judge(mine, now);
    if (next == mine.is) continue;
    changed_.push_back({link, std::exchange(mine.is, next)});
  }
  return changed_;
}

/// What the nodes said meanwhile has been waiting for this loop: that is not their silence.
void link_watch::skip_own_stall(instant now) {
  if (ticked_ != instant{} && now - ticked_ > link::heartbeat_period)
    for (entry& each : entries_)
      if (each.used) each.heard = std::min(each.heard + (now - ticked_), now);
  ticked_ = now;
}

/// Judged at half the time, or the first of many that fall silent at once would be left for the others.
bool link_watch::most_are_quiet(instant now) const {
  std::vector<std::uint32_t> nodes;
  std::vector<std::uint32_t> quiet;
  const auto note = [](std::vector<std::uint32_t>& in, std::uint32_t node) {
    if (std::ranges::find(in, node) == in.end()) in.push_back(node);
  };
  for (const entry& each : entries_) {
    if (!each.used) continue;
    note(nodes, each.node);
    if (now - each.heard > limits_.suspect / 2) note(quiet, each.node);
  }
  return nodes.size() >= nodes_min && 2 * quiet.size() > nodes.size();
}

link_watch::health link_watch::judge(entry& one, instant now) const {
  const auto silence = now - one.heard;
  if (silence > limits_.suspect) {
    one.resumed = {};
    const bool leave = one.is == health::suspect || !suspects_itself_ || silence > limits_.dead;
    return leave ? health::suspect : health::silent;
  }
  if (silence > limits_.quiet) {
    one.resumed = {};
    return std::max(one.is, health::quiet);
  }
  if (one.is == health::well) return health::well;
  // What the link had held back comes behind its first word: it is well when that has had time to come.
  const bool back = one.resumed != instant{} && now - one.resumed >= link::heartbeat_period;
  return back ? health::well : one.is;
}

}  // namespace blotter::gateway
