#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "router/router.hpp"

namespace blotter::serve {

/// Says in the log how a load goes on, about once a second, and each change of the feed's state once.
class load_report {
 public:
  void look(const router::router_state& state, instant now);

 private:
  void say_change(const router::router_state& state, instant now);
  void say_progress(const router::router_state& state, instant now);

  using phase = router::router_state::feed_phase;
  bool ever_ = false;
  phase phase_ = phase::waiting;
  table::generation feed_ = table::generation::none;
  std::string waiting_for_;
  instant began_{};
  instant said_{};
  std::uint64_t records_said_ = 0;
};

}  // namespace blotter::serve
