#pragma once

#include <functional>
#include <memory>

#include "config/settings.hpp"
#include "feed/event.hpp"
#include "feed/reject_ledger.hpp"

namespace blotter::serve {

/// The feed that the settings name, with what refuses its bad records: one source on a thread of its own,
/// whose events go to one outlet. Started and stopped from the thread that made it.
class feed_input {
 public:
  /// `out` outlives this. Throws `config::refused` for a feed that can never work.
  feed_input(const config::settings& s, feed::outlet& out);
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

  std::unique_ptr<feed::dead_letter> letters_;
  std::function<void()> flush_letters_;
  std::unique_ptr<feed::reject_ledger> ledger_;
  std::unique_ptr<source> source_;
};

}  // namespace blotter::serve
