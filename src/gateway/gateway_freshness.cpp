#include <algorithm>

#include "gateway/gateway.hpp"
#include "sse/events.hpp"

// What viewers are told when no node tells them. Who looks at rows that may be old must know it within two
// seconds of the last sign that they are not.

namespace blotter::gateway {

namespace {

/// A viewer that is told nothing for some of its beats takes its connection for dead. It is told again what
/// it knows: a beat of ours would tell another clock's time than its node's.
constexpr milliseconds repeat_period = std::chrono::seconds(1);
/// Beats come a tenth apart, and take their way; what is later than that is late.
constexpr milliseconds late_beat{1'300};
/// One that takes nothing gets no more of them.
constexpr std::uint64_t waiting_bytes_max = 1024;

}  // namespace

/// It has a stream that can be believed. A first table may take its time, if something came at all: as long
/// as there is no `live`, nobody takes it for current.
bool gateway::served(const viewer_stream& mine) const {
  return mine.from.open() && mine.heard && (mine.live || !mine.was_live) &&
         links_.watch.of(mine.from.link) == link_watch::health::well;
}

void gateway::unserve(std::uint32_t slot, instant good) {
  viewer_stream& mine = viewers_[slot];
  if (mine.unserved() || mine.ending) return;
  mine.good = good;
  mine.stale_due = good + options_.stale_time;
  if (mine.beat_s != 0)
    mine.stale_due = std::min(mine.stale_due, mine.told + mine.beat_s * late_beat + options_.late_time);
  mine.unserved_at = static_cast<std::uint32_t>(unserved_.size());
  unserved_.push_back(slot);
}

void gateway::serve(std::uint32_t slot) {
  viewer_stream& mine = viewers_[slot];
  if (!mine.unserved()) return;
  const std::uint32_t last = unserved_.back();
  unserved_[mine.unserved_at] = last;
  viewers_[last].unserved_at = mine.unserved_at;
  unserved_.pop_back();
  mine.unserved_at = table::no_slot;
}

void gateway::follow_unserved(instant now) {
  for (std::size_t i = unserved_.size(); i-- > 0;) {
    const std::uint32_t slot = unserved_[i];
    viewer_stream& mine = viewers_[slot];
    if (mine.ending) {
      serve(slot);
    } else if (served(mine)) {
      caught_up(slot, now);
    } else if (now >= mine.stale_due && (!mine.told_stale || mine.sent - mine.written < waiting_bytes_max)) {
      tell_stale(slot, now);
    }
  }
}

/// Our own words, or a node's: a viewer's connection takes both in one order.
void gateway::say(std::uint32_t slot, std::string_view events) {
  viewer_stream& mine = viewers_[slot];
  mine.sent += events.size();
  mine.written += out_.send(viewer_id{slot}, events);
}

void gateway::tell_stale(std::uint32_t slot, instant now) {
  viewer_stream& mine = viewers_[slot];
  mine.stale_due = now + repeat_period;
  counters_.told_stale += mine.told_stale ? 0 : 1;
  mine.told_stale = true;
  scratch_.clear();
  sse::append_status(scratch_, sse::freshness::node,
                     mine.from.open() ? "the node gives no sign" : "no node sends this stream");
  say(slot, scratch_);
}

/// Its stream is in order again. What a stream says of itself holds; what others said before is over.
void gateway::caught_up(std::uint32_t slot, instant now) {
  viewer_stream& mine = viewers_[slot];
  if (!served(mine)) return;
  serve(slot);
  if (mine.told_stale && mine.live && !mine.stream_stale) {
    mine.told_stale = false;
    scratch_.clear();
    sse::append_status(scratch_, sse::freshness::current, {});
    say(slot, scratch_);
  }
  if (!mine.rerouted || mine.queued) return;
  mine.rerouted = false;
  ++counters_.reroutes[static_cast<std::size_t>(mine.why)];
  const auto since = [&](instant from, instant to) {
    return std::chrono::duration_cast<milliseconds>(to - from);
  };
  out_.rerouted({mine.why, since(mine.lost, mine.first), since(mine.good, now)});
}

}  // namespace blotter::gateway
