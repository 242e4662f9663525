#include "sim/world.hpp"

// What goes wrong for viewers that connect themselves, and where they are at rest.

namespace blotter::sim {

void world::strike_direct(const fault& what, gateway_host& at) {
  const auto after = [&](auto mend) { mend_after(what.lasts, mend); };
  const auto at_once = [this](auto act) { all_.time.after(milliseconds(0), act); };
  switch (what.what) {
    case fault_kind::place_late:
    case fault_kind::place_lost:
      at.set_places(what.what == fault_kind::place_late ? gateway_host::places::late
                                                        : gateway_host::places::lost);
      return after([&at] { at.set_places(gateway_host::places::told); });
    case fault_kind::gateway_clock_wrong: {
      const auto far = milliseconds(100'000 + static_cast<std::int64_t>(what.detail / 512 % 100'000));
      const auto by = what.detail & 256 ? far : -far;
      at.step_wall_clock(by);
      wrong_clocks_.emplace_back(&at, by);
      return after([this] { set_clocks_right(); });
    }
    case fault_kind::node_killed_after_place:
      return at.at_next_place([this, what, at_once](node_host& named) {
        if (mended_) return;
        all_.seen.sometimes(situation::node_lost_after_place);
        named.set_silent_death(what.detail & 256);
        at_once([&named] { named.kill(); });
        mend_after(std::min(what.lasts, milliseconds(2000)), [&named] { named.start(); });
      });
    case fault_kind::node_drained_after_place:
      return at.at_next_place([this, what, at_once](node_host& named) {
        if (!mended_) at_once([this, what, &named] { drain(named, what.lasts); });
      });
    case fault_kind::gateway_killed_before_place:
      return at.at_next_place([this, what, at_once, &at](node_host&) {
        if (mended_) return;
        at.set_silent_death(what.detail & 256);
        at_once([&at] { at.kill(); });
        mend_after(what.lasts, [&at] { at.start(); });
      });
    case fault_kind::viewer_moves_itself:
      return viewers_[what.detail / 256 % viewers_.size()]->move();
    default:
      return viewers_[what.detail / 256 % viewers_.size()]->show_bad_ticket(what.detail >> 32);
  }
}

void world::set_clocks_right() {
  for (const auto& [gateway, by] : std::exchange(wrong_clocks_, {})) gateway->step_wall_clock(-by);
}

/// It serves on for a while where viewers connect themselves, and says goodbye then.
void world::drain(node_host& at, milliseconds gone) {
  const auto ended =
      milliseconds(300) + (all_.life.direct_percent > 0 ? node_host::hand_over_time : milliseconds(0));
  at.drain();
  mend_after(ended, [&at] { at.kill(); });
  mend_after(ended + gone, [&at] { at.start(); });
}

/// A gateway sends those who connect themselves where it carries the others from; and where nothing has
/// failed they are there.
void world::check_places() {
  if (all_.life.direct_percent == 0) return;
  std::map<std::uint32_t, front*> homes;
  for (const auto& each : viewers_) {
    if (!all_.life.calm() || gateways_.size() > 1 || !each->wanted() || !each->connected()) continue;
    front* there = &each->way()->at();
    if (!each->direct()) there = gateways_.front()->node_of(client_name(each->seen().client()));
    if (there && homes.try_emplace(each->seen().client(), there).first->second != there)
      all_.fail(promise::recovery,
                client_name(each->seen().client()) + " is on several nodes, and nothing failed");
  }
  for (const auto& each : gateways_) {
    const std::string client = each->client_placed_elsewhere();
    if (!client.empty())
      all_.fail(promise::recovery, each->name() + " carries " + client + " from one node and names another");
  }
}

}  // namespace blotter::sim
