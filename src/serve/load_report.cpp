#include "serve/load_report.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace blotter::serve {

void load_report::look(const router::router_state& state, instant now) {
  if (!ever_ || state.phase != phase_ || state.feed != feed_) say_change(state, now);
  if (state.load.waiting_for != waiting_for_) {
    waiting_for_ = state.load.waiting_for;
    if (!waiting_for_.empty()) log::info("feed", "waiting", {{"for", waiting_for_}});
  }
  if (state.phase == phase::loading && now - said_ >= std::chrono::seconds(1)) say_progress(state, now);
}

void load_report::say_change(const router::router_state& state, instant now) {
  if (!ever_ || state.feed != feed_) began_ = said_ = now;
  ever_ = true;
  feed_ = state.feed;
  phase_ = state.phase;
  records_said_ = 0;
  switch (phase_) {
    case phase::waiting:
      return;
    case phase::loading:
      if (state.text.empty())
        log::info("feed", "loading", {{"partitions", state.partitions}});
      else
        log::warn("feed", "began anew", {{"reason", state.text}, {"partitions", state.partitions}});
      return;
    case phase::current:
      log::info("feed", "current",
                {{"partitions", state.partitions},
                 {"changes", state.changes_applied},
                 {"ms_since_begin", std::chrono::duration_cast<milliseconds>(now - began_)}});
      return;
    case phase::lost:
      log::warn("feed", "lost; what viewers see may be behind", {{"reason", state.text}});
      return;
  }
}

void load_report::say_progress(const router::router_state& state, instant now) {
  const double seconds = std::chrono::duration<double>(now - said_).count();
  const auto done = state.load.records;
  const double rate = static_cast<double>(done - std::min(done, records_said_)) / seconds;
  const auto left = state.load.records_total - std::min(state.load.records_total, done);
  said_ = now;
  records_said_ = done;
  log::info("feed", "loading",
            {{"partitions_done", state.partitions_caught_up},
             {"partitions", state.partitions},
             {"records", done},
             {"records_per_s", static_cast<std::uint64_t>(rate)},
             {"seconds_left", rate > 0 ? static_cast<std::uint64_t>(static_cast<double>(left) / rate) : 0}});
}

}  // namespace blotter::serve
