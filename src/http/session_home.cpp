#include "http/session_home.hpp"

#include <vector>

#include "http/session.hpp"

namespace blotter::http {

session_home::session_home(unsigned index, site& shared, event_connections* streams, std::uint64_t seed)
    : index_(index),
      shared_(shared),
      streams_(streams),
      random_(seed),
      plain_stream_head_(encode_event_stream_head({})) {}

session_home::~session_home() {
  for (session* const each : sessions_) each->orphan();
}

void session_home::sweep(instant now, std::string date) {
  now_ = now;
  date_ = std::move(date);
  // A session may leave while it is told.
  const std::vector<session*> all(sessions_.begin(), sessions_.end());
  for (session* const each : all) each->expire(now);
}

void session_home::retire() {
  const std::vector<session*> all(sessions_.begin(), sessions_.end());
  for (session* const each : all) each->retire();
}

}  // namespace blotter::http
