#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "http/request_reader.hpp"
#include "http/responder.hpp"
#include "http/session_home.hpp"

namespace blotter::http {

/// Everything about one HTTP/1.1 connection but its stream: what was read, what to say, how long to wait.
/// Requests are served one after the other; a pipelined one waits in the buffer.
class session : public asker {
 public:
  virtual ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// By the home's sweep: ends what took too long.
  void expire(instant now);
  /// Ends the connection without a word.
  void cut();
  /// Ends it after the answer under way, or now if there is none.
  void retire();
  /// The home is going: the session will never touch it again.
  void orphan() {
    home_ = nullptr;
    seat_ = {};
    address_ = {};
  }

  void answer(response what) override;
  viewer become_stream(std::string_view more) override;

 protected:
  session(session_home& home, handover from);

  /// Cancels what is awaited of the stream.
  virtual void cancel_io() = 0;
  /// Resumes a session that waits for an answer.
  virtual void wake() = 0;
  /// The native socket, which the stream lets go of; -1 when it has none.
  virtual int release_socket() = 0;

  // The steps of `converse`, in order.
  bool wants_bytes();
  boost::asio::mutable_buffer room();
  void got_bytes(error_code failed, std::size_t size);
  void decide();
  bool waits_for_answer() const { return phase_ == phase::answering; }
  bool is_over() const { return phase_ == phase::over; }
  std::array<boost::asio::const_buffer, 2> to_write() const;
  void written(error_code failed);
  void finish();

 private:
  enum class phase : std::uint8_t { idle, reading, decided, answering, writing, over };
  void enter(phase next);
  void parse();
  void make_room();
  void refuse(const problem& why);
  void give(response what);
  void ask_application(bool events);
  void hand_over(unsigned core, bool events);
  response overload(bool events);
  response send_away(bool events, problem why);
  std::string_view unread() const { return {buffer_.get() + begin_, end_ - begin_}; }

  session_home* home_;
  seat seat_;
  address_seat address_;
  admission admitted_;
  request_reader reader_;
  request request_;
  std::shared_ptr<responder::line> line_;
  std::string head_;
  response response_;
  std::string cors_lines_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
  instant deadline_;
  net::endpoint peer_;
  phase phase_ = phase::idle;
  bool has_request_ = false;
  bool head_begun_ = false;
  bool head_only_ = false;
  bool keep_ = true;
  bool timed_out_ = false;
  bool silent_ = false;  // no leave is taken of the peer: it has left, or shall not wait
};

using session_executor = boost::asio::io_context::executor_type;

inline constexpr boost::asio::use_awaitable_t<session_executor> awaited{};

/// What a session needs of its stream beyond reading and writing; specialized for each kind of stream.
/// `static void cancel(Stream&)` ends what is awaited; `static int release(Stream&)` gives the native socket
/// away, or -1 when there is none (any more).
template <class Stream>
struct stream_access;

/// A session on a TCP socket, or on a test's stream.
template <class Stream>
class session_on final : public session {
 public:
  session_on(session_home& home, Stream stream, handover from)
      : session(home, std::move(from)), stream_(std::move(stream)), woken_(stream_.get_executor()) {
    woken_.expires_at(boost::asio::steady_timer::time_point::max());
  }

  /// Serves the connection to its end; destroys the session.
  static boost::asio::awaitable<void, session_executor> converse(std::unique_ptr<session_on> self) {
    session_on& on = *self;
    error_code failed;
    auto token = boost::asio::redirect_error(awaited, failed);
    while (!on.is_over()) {
      while (on.wants_bytes()) {
        const auto room = on.room();
        const std::size_t size = co_await on.stream_.async_read_some(room, token);
        on.got_bytes(failed, size);
      }
      if (on.is_over()) break;
      on.decide();
      if (on.waits_for_answer()) co_await on.woken_.async_wait(token);
      if (on.is_over()) break;
      const auto bytes = on.to_write();
      co_await boost::asio::async_write(on.stream_, bytes, token);
      on.written(failed);
    }
    on.finish();
  }

 private:
  void cancel_io() override { stream_access<Stream>::cancel(stream_); }
  void wake() override { woken_.cancel(); }
  int release_socket() override { return stream_access<Stream>::release(stream_); }

  Stream stream_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, session_executor>
      woken_;
};

/// Starts a session on `stream`; it ends by itself, or by its home's `cut`.
template <class Stream>
void start_session(session_home& home, Stream stream, handover from) {
  auto executor = stream.get_executor();
  auto self = std::make_unique<session_on<Stream>>(home, std::move(stream), std::move(from));
  boost::asio::co_spawn(executor, session_on<Stream>::converse(std::move(self)), boost::asio::detached);
}

}  // namespace blotter::http
