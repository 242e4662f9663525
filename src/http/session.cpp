#include "http/session.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "http/overload.hpp"

namespace blotter::http {
namespace {

constexpr std::size_t buffer_size_min = 2048;

void count(std::atomic<std::uint64_t>& what) {
  what.fetch_add(1, std::memory_order_relaxed);
}

/// RFC 9110, 10.2.3; random, so that those turned away do not return together.
header retry_after(session_home& home) {
  return {"Retry-After", std::to_string(3 + home.chance() % 13)};
}

}  // namespace

session::session(session_home& home, handover from)
    : home_(&home),
      seat_(std::move(from.taken)),
      address_(std::move(from.address)),
      admitted_(from.admitted),
      reader_(home.shared().limits.head_size_max, home.shared().limits.url_size_max),
      request_(std::move(from.asked)),
      peer_(from.peer),
      has_request_(from.has_request) {
  if (!from.unread.empty()) {
    capacity_ = std::max(from.unread.size(), buffer_size_min);
    buffer_.reset(new char[capacity_]);
    end_ = from.unread.size();
    std::memcpy(buffer_.get(), from.unread.data(), end_);
  }
  home.enter(*this);
  enter(phase::reading);
}

session::~session() {
  if (line_) line_->waiting = nullptr;
  if (home_) home_->leave(*this);
}

// Time
// ---------------------------------------------------------------------------------------------------------------

void session::enter(phase next) {
  phase_ = next;
  const session_limits& limits = home_->shared().limits;
  switch (next) {
    case phase::idle:
      deadline_ = home_->now() + limits.idle_time;
      break;
    case phase::reading:
      deadline_ =
          home_->now() + (admitted_ == admission::normal ? limits.head_time : limits.head_time_overloaded);
      break;
    case phase::answering:
      deadline_ = home_->now() + limits.answer_time;
      break;
    case phase::writing:
      deadline_ = home_->now() + limits.write_time;
      break;
    case phase::decided:
    case phase::over:
      deadline_ = instant::max();
      break;
  }
}

void session::expire(instant now) {
  if (now < deadline_) return;
  count(home_->figures.timed_out);
  if (phase_ == phase::reading) count(home_->figures.heads_too_late);
  if (phase_ == phase::idle) count(home_->figures.idled);
  deadline_ = instant::max();
  if (phase_ == phase::answering) {
    keep_ = false;
    line_->waiting = nullptr;
    return answer(to_response({503, "The answer took too long.", {retry_after(*home_)}}));
  }
  timed_out_ = true;
  cancel_io();
}

void session::cut() {
  const phase was = std::exchange(phase_, phase::over);
  silent_ = true;
  if (was == phase::answering) return wake();
  if (was != phase::over) cancel_io();
}

void session::retire() {
  keep_ = false;
  if (phase_ == phase::idle || (phase_ == phase::reading && !head_begun_)) cut();
}

// Reading
// ------------------------------------------------------------------------------------------------------------

bool session::wants_bytes() {
  if (phase_ == phase::decided && !has_request_) parse();
  return (phase_ == phase::idle || phase_ == phase::reading) && !has_request_;
}

boost::asio::mutable_buffer session::room() {
  make_room();
  return boost::asio::buffer(buffer_.get() + end_, capacity_ - end_);
}

void session::make_room() {
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ < capacity_) return;
  const std::size_t larger = std::max(buffer_size_min, capacity_ * 2);
  std::unique_ptr<char[]> moved(new char[larger]);
  if (end_ > 0) std::memcpy(moved.get(), buffer_.get(), end_);
  buffer_ = std::move(moved);
  capacity_ = larger;
}

void session::got_bytes(error_code failed, std::size_t size) {
  if (phase_ == phase::over) return;
  if (timed_out_) {
    silent_ = !head_begun_;
    if (!head_begun_) return enter(phase::over);
    return refuse({408, "The request took too long to come."});
  }
  if (failed) {
    silent_ = true;
    return enter(phase::over);
  }
  end_ += size;
  parse();
}

void session::parse() {
  if (begin_ == end_ && !head_begun_) return enter(phase::idle);
  std::size_t used = 0;
  const auto step = reader_.read(unread(), used);
  begin_ += used;
  if (step == request_reader::step::more) {
    head_begun_ = true;
    if (phase_ != phase::reading) enter(phase::reading);
    return;
  }
  head_begun_ = false;
  if (step == request_reader::step::refused) {
    count(home_->figures.refused);
    if (reader_.refusal().status == 431) count(home_->figures.heads_too_long);
    if (reader_.refusal().status == 414) count(home_->figures.urls_too_long);
    return refuse(reader_.refusal());
  }
  count(home_->figures.requests);
  request_ = reader_.take();
  request_.peer = peer_;
  has_request_ = true;
}

// Answering
// ----------------------------------------------------------------------------------------------------------

/// What stands on the line is not a request: there is no telling where the next one would begin.
void session::refuse(const problem& why) {
  keep_ = false;
  head_only_ = false;
  cors_lines_.clear();
  has_request_ = false;
  give(to_response(why));
}

void session::give(response what) {
  response_ = std::move(what);
  if (home_->shared().draining.load(std::memory_order_relaxed)) keep_ = false;
  head_ = encode_head(response_, keep_ ? connection_after::keep : connection_after::close, cors_lines_,
                      home_->date());
  enter(phase::writing);
}

void session::decide() {
  if (!has_request_) return;  // refused already
  has_request_ = false;
  keep_ = keep_ && request_.keep_alive;
  head_only_ = request_.verb == method::head;
  site& shared = home_->shared();
  cors_lines_ = shared.origins.lines(request_);
  if (request_.verb == method::options) {
    cors_lines_ = shared.origins.preflight_lines(request_);
    return give({204, {}, {}, {}});
  }
  const route* const path = shared.paths.match(request_);
  const bool events = path && path->kind == route_kind::events;
  if (events && head_only_) {
    return give(to_response({405, "An event stream has no HEAD.", {{"Allow", "GET, OPTIONS"}}}));
  }
  const bool full = events && shared.viewers.load(std::memory_order_relaxed) >= shared.limits.viewers_max;
  if (full || admitted_ != admission::normal) {
    keep_ = false;
    return give(overload(events));
  }
  if (path && home_->app) return ask_application(events);
  auto file = shared.files ? shared.files->serve(request_) : std::nullopt;
  give(file ? std::move(*file) : to_response({404, "There is nothing at this path."}));
}

response session::overload(bool events) {
  switch (admitted_) {
    case admission::hurried:
      count(home_->figures.hurried);
      return send_away(events, {429, "Your address opens connections too fast.", {retry_after(*home_)}});
    case admission::crowded:
      count(home_->figures.crowded);
      return send_away(events, {429, "Your address has too many connections.", {retry_after(*home_)}});
    case admission::normal:
    case admission::overloaded:
      break;
  }
  count(home_->figures.overloaded);
  return send_away(events, {503, "There is too much to do at the moment.", {retry_after(*home_)}});
}

response session::send_away(bool events, problem why) {
  if (!events) return to_response(why);
  response told{200, "text/event-stream", {{"Cache-Control", "no-store, no-transform"}}, {}};
  told.body = overload_events(request_, home_->chance());
  return told;
}

void session::ask_application(bool events) {
  const unsigned owner = home_->app->owner(request_);
  if (owner != home_->index()) return hand_over(owner, events);
  line_ = std::make_shared<responder::line>();
  line_->waiting = this;
  enter(phase::answering);
  home_->app->serve(std::move(request_), responder(line_));
}

void session::hand_over(unsigned core, bool events) {
  const int fd = release_socket();
  enter(phase::over);
  if (fd < 0) return;
  handover what{peer_,
                std::move(seat_),
                admitted_,
                true,
                std::move(request_),
                std::string(unread()),
                std::move(address_)};
  if (home_->hand_over(core, fd, what)) return count(home_->figures.handed_over);
  // That core has more to do than its mailbox holds. A fresh socket has room for an answer of this size.
  request_ = std::move(what.asked);
  const response told = overload(events);
  const std::string bytes =
      encode_head(told, connection_after::close, cors_lines_, home_->date()).append(told.body_view());
  if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 || !home_->streams()) {
    ::close(fd);
  } else {
    home_->streams()->linger(fd);
  }
}

void session::answer(response what) {
  if (phase_ != phase::answering) return;
  give(std::move(what));
  wake();
}

viewer session::become_stream(std::string_view more) {
  if (phase_ != phase::answering) return viewer::none;
  const int fd = home_->streams() ? release_socket() : -1;
  if (fd < 0) {
    answer(to_response({500, "There are no event streams here."}));
    return viewer::none;
  }
  const bool plain = more.empty() && cors_lines_.empty();
  const viewer opened = home_->streams()->open(
      fd,
      plain ? home_->plain_stream_head() : shared_bytes(encode_event_stream_head(cors_lines_.append(more))),
      address_.pass_on());
  enter(phase::over);
  wake();
  return opened;
}

// Writing
// ------------------------------------------------------------------------------------------------------------

std::array<boost::asio::const_buffer, 2> session::to_write() const {
  const std::string_view body =
      head_only_ || response_.status == 304 ? std::string_view() : response_.body_view();
  return {boost::asio::buffer(head_.data(), head_.size()), boost::asio::buffer(body.data(), body.size())};
}

void session::written(error_code failed) {
  response_ = {};
  head_ = {};
  if (failed || timed_out_ || phase_ == phase::over) {
    silent_ = true;
    return enter(phase::over);
  }
  if (!keep_) return enter(phase::over);
  enter(phase::decided);
  if (begin_ == end_) {
    buffer_.reset();
    begin_ = end_ = capacity_ = 0;
  }
}

void session::finish() {
  if (silent_ || !home_ || !home_->streams()) return;
  const int fd = release_socket();
  if (fd >= 0) home_->streams()->linger(fd);
}

}  // namespace blotter::http
