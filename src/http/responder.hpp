#pragma once

#include <memory>
#include <string>

#include "http/event_connection.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"

namespace blotter::http {

/// The asker's end of one request; what a session implements.
class asker {
 public:
  virtual void answer(response what) = 0;
  virtual viewer become_stream(std::string_view more) = 0;

 protected:
  ~asker() = default;
};

/// The right to answer one request, once, at any later moment on the core that got it. Dropped without an
/// answer, it answers 500. The asker may leave meanwhile: then the answer goes nowhere.
class responder {
 public:
  /// A session's knowledge that it waits: cleared by whoever of the two leaves first.
  struct line {
    asker* waiting = nullptr;
  };

  explicit responder(std::shared_ptr<line> to) : to_(std::move(to)) {}
  responder(responder&&) = default;
  responder& operator=(responder&&) = delete;
  ~responder();

  void send(response what);
  void send(const problem& why) { send(to_response(why)); }

  /// Turns the connection into an event stream of this core's `event_connections` and gives its handle. The
  /// head of the answer goes out together with what is sent to the viewer before the loop turns, or alone
  /// then. `more` are header lines of the application's, each ended by CR LF. `viewer::none` when the asker
  /// has left, or there can be no stream: it has been answered then.
  [[nodiscard]] viewer stream(std::string_view more = {});

  /// False when the asker has left: an answer would be in vain.
  bool wanted() const { return to_ && to_->waiting; }

 private:
  asker* take();

  std::shared_ptr<line> to_;
};

}  // namespace blotter::http
