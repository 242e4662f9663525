#include "sim/world.hpp"

namespace blotter::sim {

void world::schedule_faults() {
  for (std::uint32_t i = 0; i < std::min(all_.life.faults, 64u); ++i) {
    if ((all_.life.faults_kept >> i & 1) == 0) continue;
    const fault what = draw_fault(all_.life, i);
    all_.time.after(what.at, [this, what, i] {
      all_.say("fault ", i, ": ", name(what.what), " for ", static_cast<std::uint64_t>(what.lasts.count()),
               " ms");
      if (!mended_) strike(what);
    });
  }
}

void world::strike(const fault& what) {
  const auto one_of = [&](auto& all) -> auto& {
    return *all[what.detail % all.size()];
  };
  switch (what.what) {
    case fault_kind::router_killed:
    case fault_kind::router_frozen:
    case fault_kind::router_slow:
    case fault_kind::feed_away:
    case fault_kind::feed_redelivers:
      return strike_router(what, one_of(routers_));
    case fault_kind::feed_away_for_all:
      for (auto& each : routers_) strike_router(what, *each);
      return;
    case fault_kind::node_killed:
    case fault_kind::node_frozen:
    case fault_kind::node_slow:
    case fault_kind::node_drained:
    case fault_kind::wall_clock_stepped:
      return strike_node(what, one_of(nodes_));
    case fault_kind::link_cut:
    case fault_kind::link_half_open:
    case fault_kind::link_held:
    case fault_kind::link_held_one_way:
      return strike_link(what, one_of(wires_));
    case fault_kind::gateway_killed:
    case fault_kind::gateway_frozen:
    case fault_kind::gateway_slow:
      return strike_gateway(what, one_of(gateways_));
    case fault_kind::carry_cut:
    case fault_kind::carry_half_open:
    case fault_kind::carry_held:
    case fault_kind::carry_held_one_way:
      return strike_carry(what, one_of(carries_));
    case fault_kind::place_late:
    case fault_kind::place_lost:
    case fault_kind::gateway_clock_wrong:
    case fault_kind::node_killed_after_place:
    case fault_kind::node_drained_after_place:
    case fault_kind::gateway_killed_before_place:
    case fault_kind::viewer_shows_bad_ticket:
    case fault_kind::viewer_moves_itself:
      return strike_direct(what, one_of(gateways_));
    case fault_kind::log_compacted:
    case fault_kind::log_truncated:
    case fault_kind::log_made_anew:
    case fault_kind::partitions_added:
      return strike_log(what);
    case fault_kind::router_lags:
      return one_of(routers_).lag(std::min(what.lasts, milliseconds(900)));
    case fault_kind::partition_moved:
      return replicas_.move(what.detail);
    case fault_kind::replicas_lost:
      for (router_host* each : replicas_.kill_all_of(what.detail))
        mend_after(what.lasts, [each] { each->start(); });
      return;
    case fault_kind::horizon_passes:
      return pass_horizon(what, one_of(viewers_));
    case fault_kind::moved_rows_deleted:
      return delete_moved_rows(what, one_of(viewers_));
    case fault_kind::directory_away:
    case fault_kind::directory_mute:
    case fault_kind::directory_slow:
    case fault_kind::directory_without_events:
    case fault_kind::directory_disordered:
    case fault_kind::directory_of_old_views:
    case fault_kind::directory_split:
    case fault_kind::directory_emptied:
    case fault_kind::directory_clock_jumps:
    case fault_kind::directory_cut_off:
    case fault_kind::router_drained:
    case fault_kind::name_doubled:
      return strike_directory(what);
    default:
      return strike_viewer(what, one_of(viewers_));
  }
}

void world::pass_horizon(const fault& what, viewer& at) {
  const bool viewer_leaves = what.detail & 256;
  const bool nodes_end = what.detail & 512;
  const bool routers_end = what.detail & 1024;
  if (viewer_leaves) at.leave(viewer::leaving::closed);
  for (auto& each : nodes_)
    if (nodes_end) each->kill();
  for (auto& each : routers_)
    if (routers_end) each->kill();
  all_.seen.sometimes(situation::horizon_passed_unseen, viewer_leaves && nodes_end && routers_end);
  mend_after(what.lasts / 2, [this, &at, detail = what.detail >> 16] {
    for (std::uint32_t key = 0; key < all_.life.keys; ++key)
      if (detail >> (key % 32) & 1) log_.append(at.seen().client(), key, true, false, all_.time.now());
  });
  mend_after(what.lasts / 2 + milliseconds(1), [this] { log_.compact(all_.time.now()); });
  mend_after(what.lasts + milliseconds(all_.life.retention_ms), [this, &at] {
    log_.compact(all_.time.now());
    for (auto& each : routers_) each->start();
    for (auto& each : nodes_) each->start();
    at.open();
  });
}

void world::strike_router(const fault& what, router_host& at) {
  const auto after = [&](auto mend) { mend_after(what.lasts, mend); };
  const bool watched = at.core() && at.core()->subscriptions() > 0;
  switch (what.what) {
    case fault_kind::router_killed:
      all_.seen.sometimes(situation::router_restarted_with_viewers, watched);
      at.kill();
      return after([&at] { at.start(); });
    case fault_kind::router_frozen:
      all_.seen.sometimes(situation::router_frozen, watched);
      at.freeze();
      return after(
          [this, &at,
           clock = what.detail & 256 ? host::clock_while_frozen::stood : host::clock_while_frozen::went] {
            at.thaw(clock);
            oracle_.excuse_until(all_.time.now() + milliseconds(1000));
          });
    case fault_kind::router_slow:
      at.set_slowness(10);
      return after([&at] { at.set_slowness(1); });
    case fault_kind::feed_away:
    case fault_kind::feed_away_for_all:
      at.lose_feed();
      return after([&at] { at.restore_feed(); });
    default:
      return at.redeliver(1 + what.detail / 256 % 30);
  }
}

void world::strike_node(const fault& what, node_host& at) {
  const auto after = [&](auto mend) { mend_after(what.lasts, mend); };
  switch (what.what) {
    case fault_kind::node_killed:
      all_.seen.sometimes(situation::node_restarted_with_viewers, at.streams() > 0);
      at.set_silent_death(what.detail & 256);
      at.kill();
      return after([&at] { at.start(); });
    case fault_kind::node_frozen:
      all_.seen.sometimes(situation::node_frozen, at.streams() > 0);
      at.freeze();
      return after([&at, clock = what.detail & 256 ? host::clock_while_frozen::stood
                                                   : host::clock_while_frozen::went] { at.thaw(clock); });
    case fault_kind::node_slow:
      at.set_slowness(all_.life.gateways > 0 && what.detail & 256 ? 1'000 : 10);
      return after([&at] {
        at.set_slowness(1);
        at.mark_troubled();
      });
    case fault_kind::node_drained:
      return drain(at, what.lasts);
    default:
      return at.step_wall_clock(milliseconds(static_cast<std::int64_t>(what.detail / 256 % 20'000) - 10'000));
  }
}

void world::strike_link(const fault& what, wire& at) {
  const auto after = [&](auto mend) { mend_after(what.lasts, mend); };
  switch (what.what) {
    case fault_kind::link_cut:
      return at.cut(wire::reset::both_told);
    case fault_kind::link_half_open:
      return at.cut(wire::reset::one_told);
    case fault_kind::link_held:
      at.hold(wire::direction::to_node);
      at.hold(wire::direction::to_router);
      return after([&at] { at.open(); });
    default:
      all_.seen.sometimes(situation::link_held_one_way, at.up());
      at.hold(what.detail & 256 ? wire::direction::to_node : wire::direction::to_router);
      return after([&at] { at.open(); });
  }
}

void world::strike_gateway(const fault& what, gateway_host& at) {
  const auto after = [&](auto mend) { mend_after(what.lasts, mend); };
  switch (what.what) {
    case fault_kind::gateway_killed:
      at.set_silent_death(what.detail & 256);
      at.kill();
      return after([&at] { at.start(); });
    case fault_kind::gateway_frozen:
      at.freeze();
      return after([&at, clock = what.detail & 256 ? host::clock_while_frozen::stood
                                                   : host::clock_while_frozen::went] { at.thaw(clock); });
    default:
      at.set_slowness(10);
      return after([&at] {
        at.set_slowness(1);
        at.mark_troubled();
      });
  }
}

void world::strike_carry(const fault& what, carry_wire& at) {
  using direction = carry_wire::direction;
  switch (what.what) {
    case fault_kind::carry_cut:
      return at.cut(carry_wire::reset::both_told);
    case fault_kind::carry_half_open:
      return at.cut(carry_wire::reset::one_told);
    case fault_kind::carry_held:
      at.hold(direction::to_gateway);
      at.hold(direction::to_node);
      break;
    default:
      at.hold(what.detail & 256 ? direction::to_gateway : direction::to_node);
  }
  mend_after(what.lasts, [&at] { at.open(); });
}

void world::strike_log(const fault& what) {
  const instant now = all_.time.now();
  if (what.detail >> 20 & 1) {  // somebody is not there to see it
    viewer& away = *viewers_[(what.detail >> 32) % viewers_.size()];
    away.leave(viewer::leaving::closed);
    mend_after(what.lasts + milliseconds(all_.life.notice_ms), [&away] { away.open(); });
  }
  for (const auto& each : nodes_)
    all_.seen.sometimes(situation::node_of_older_generation,
                        each->core() && each->core()->tables().feed() != log_.generation() &&
                            each->core()->tables().feed() != table::generation::none);
  std::size_t deletes = 0;
  const auto count = [&] {
    std::size_t all = 0;
    for (const auto& p : log_.partitions())
      for (const record& one : p.records) all += one.deleted;
    return all;
  };
  switch (what.what) {
    case fault_kind::log_compacted:
      deletes = count();
      log_.compact(now);
      all_.seen.sometimes(situation::feed_compacted_a_delete, count() < deletes);
      return;
    case fault_kind::log_truncated:
      all_.seen.sometimes(situation::feed_truncated);
      return log_.truncate(now);
    case fault_kind::log_made_anew:
      all_.seen.sometimes(situation::feed_made_anew);
      return log_.recreate(1 + static_cast<std::uint32_t>(what.detail % 8), now);
    default:
      add_partitions(1 + static_cast<std::uint32_t>(what.detail % 4));
  }
}

bool world::add_partitions(std::uint32_t more) {
  if (log_.partitions().size() >= 64) return false;
  // A router that does not hold the partition of the older value can not know that a delete hides one, and
  // forgets it as any other. See docs/simulation.md.
  if (all_.life.tombstones < 1000 && !replicas_.all_hold_all()) return false;
  all_.seen.sometimes(situation::partitions_added);
  log_.add_partitions(more, all_.time.now());
  return true;
}

void world::delete_moved_rows(const fault& what, viewer& at) {
  if (!add_partitions(1 + static_cast<std::uint32_t>(what.detail % 4))) return;
  const milliseconds known(all_.life.notice_ms + 200 + what.detail / 4 % 600);
  mend_after(known, [this, &at, detail = what.detail] {
    at.leave(viewer::leaving::closed);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (detail >> (32 + i) & 1) nodes_[i]->kill();
    for (std::size_t i = 0; i < routers_.size(); ++i)
      if (detail >> (40 + i) & 1 && detail >> 48 & 1) routers_[i]->kill();
    for (std::uint32_t key = 0; key < all_.life.keys; ++key)
      if (detail >> (key % 32) & 1) log_.append(at.seen().client(), key, true, false, all_.time.now());
    // As many as rows are remembered: with all others gone, those are few.
    for (std::uint32_t i = 0; i < 100; ++i)
      if (const std::uint32_t client = i % all_.life.clients; client != at.seen().client())
        log_.append(client, i / all_.life.clients % all_.life.keys, true, false, all_.time.now());
  });
  mend_after(known + what.lasts, [this, &at] {
    for (auto& each : routers_) each->start();
    for (auto& each : nodes_) each->start();
    at.open();
  });
}

void world::mend_after(milliseconds lasts, std::function<void()> mend) {
  all_.time.after(lasts, [this, what = std::move(mend)] {
    if (!mended_) what();
  });
}

/// From here on all is well.
void world::mend_all() {
  mended_ = true;
  all_.say("all is mended, and the log rests");
  for (auto& each : routers_) {
    if (each->frozen()) each->thaw(host::clock_while_frozen::went);
    each->set_slowness(1);
    each->restore_feed();
    if (each->draining()) {
      all_.undisturbed = false;  // it had not come to its end
      each->kill();
    }
    each->lift_memory_bound();
    if (all_.life.router_memory_bytes > 0) each->kill();
    each->start();
  }
  for (auto& each : nodes_) {
    if (each->frozen()) each->thaw(host::clock_while_frozen::went);
    each->set_slowness(1);
    each->mark_troubled();
    if (each->draining()) each->kill();
    each->start();
  }
  mend_directory();
  for (auto& each : gateways_) {
    if (each->frozen()) each->thaw(host::clock_while_frozen::went);
    each->set_slowness(1);
    each->mark_troubled();
    each->set_places(gateway_host::places::told);
    each->start();
  }
  set_clocks_right();
  for (auto& each : wires_) each->open();
  for (auto& each : carries_) each->open();
  for (auto& each : viewers_) {
    each->read_slowly({});
    for (const auto& way : each->ways()) way->open();
    each->open();
  }
  oracle_.excuse_until(all_.time.now() + milliseconds(1000));
}

}  // namespace blotter::sim
