#include "gateway/reopen_queue.hpp"

#include <algorithm>

namespace blotter::gateway {

std::optional<reopen_queue::turn> reopen_queue::next(instant now) {
  if (const auto who = resumes_.next(now)) return turn{*who, kind::resume};
  if (const auto who = snapshots_.next(now)) return turn{*who, kind::snapshot};
  return std::nullopt;
}

std::optional<reopen_queue::entry> reopen_queue::lane::next(instant now) {
  if (waiting.empty()) return std::nullopt;
  const double seconds = std::chrono::duration<double>(now - filled).count();
  if (seconds > 0) {
    tokens = std::min(burst, tokens + seconds * rate);
    filled = now;
  }
  if (tokens < 1) return std::nullopt;
  tokens -= 1;
  const entry who = waiting.front();
  waiting.pop_front();
  return who;
}

}  // namespace blotter::gateway
