#pragma once

#include <functional>
#include <memory>

#include "config/settings.hpp"
#include "feed/event.hpp"
#include "feed/reject_ledger.hpp"
#include "net/core.hpp"

namespace blotter::serve {

/// The feed that the settings name, with what refuses its bad records: one source, on a thread of its own or,
/// where it waits for nothing outside, on the router's core. Started and stopped from the thread that made
/// it.
class feed_input {
 public:
  /// Where events go: from a thread, and from the router's core, which has not started yet.
  struct surroundings {
    net::core& core;
    feed::outlet& out;
    feed::outlet& core_out;
  };
  /// `around` outlives this; the core has stopped before this is destroyed. Throws `config::refused` for a
  /// feed that can never work.
  feed_input(const config::settings& s, const surroundings& around);
  ~feed_input();

  void start();
  /// Ends the source; the outlet must not block any more. Delivers dead letters that still wait, for up to a
  /// second.
  void stop();

  /// Of the refused records; any thread.
  const feed::reject_counters& rejects() const { return ledger_->counters(); }

 private:
  class source;
  template <class Source>
  class source_of;
  class market_on_core;

  std::unique_ptr<feed::dead_letter> letters_;
  std::function<void()> flush_letters_;
  std::unique_ptr<feed::reject_ledger> ledger_;
  std::unique_ptr<source> source_;
};

}  // namespace blotter::serve
