#include "http/event_connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <string>
#include <utility>

#include "base/check.hpp"

namespace blotter::http {
namespace {

constexpr std::chrono::seconds linger_time{2};
constexpr std::uint32_t chatter_max = 4096;
constexpr std::size_t pieces_max = 62;

std::int64_t ns(instant when) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
}

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/// Bytes written, none when the kernel is full, or minus the error.
std::int64_t outcome_of(ssize_t written) {
  if (written >= 0) return written;
  return would_block(errno) ? 0 : -errno;
}

std::int64_t write(int fd, std::string_view bytes) {
  return outcome_of(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

std::int64_t write(int fd, std::span<iovec> pieces) {
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return outcome_of(::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

iovec io(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

void reset(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  ::close(fd);
}

}  // namespace

std::string_view to_string(close_reason why) {
  switch (why) {
    case close_reason::left:
      return "the viewer left";
    case close_reason::dead:
      return "the viewer's network is gone";
    case close_reason::chatter:
      return "the viewer sent bytes into a stream that it may only read";
  }
  return "";
}

event_connections::event_connections(boost::asio::io_context& loop, std::atomic<std::size_t>& open_in_process,
                                     address_seats* addresses)
    : loop_(loop), open_in_process_(open_in_process), addresses_(addresses), poller_(loop, *this) {}

event_connections::~event_connections() {
  for (auto& chunk : chunks_)
    for (std::size_t i = 0; i < chunk_size; ++i)
      if (chunk[i].fd >= 0) ::close(chunk[i].fd);
  open_in_process_.fetch_sub(open_, std::memory_order_relaxed);
}

// Records
// ------------------------------------------------------------------------------------------------------------

event_connections::record* event_connections::find(viewer which) const {
  const std::uint32_t index = index_of(which);
  if (index >= chunks_.size() * chunk_size) return nullptr;
  record& held = at(index);
  const auto generation = static_cast<std::uint32_t>(static_cast<std::uint64_t>(which) >> 32);
  return held.generation == generation && held.is != state::vacant ? &held : nullptr;
}

viewer event_connections::occupy(int fd, state is) {
  if (vacant_.empty()) {
    const auto first = static_cast<std::uint32_t>(chunks_.size() * chunk_size);
    chunks_.push_back(std::make_unique<record[]>(chunk_size));
    for (std::uint32_t i = chunk_size; i > 0; --i) vacant_.push_back(first + i - 1);
  }
  const std::uint32_t index = vacant_.back();
  record& held = at(index);
  const auto handle = static_cast<viewer>(std::uint64_t{held.generation} << 32 | index);
  if (!poller_.watch(fd, static_cast<std::uint64_t>(handle))) {
    ::close(fd);
    return viewer::none;
  }
  vacant_.pop_back();
  held.fd = fd;
  held.is = is;
  return handle;
}

void event_connections::release(viewer which, record& held) {
  if (held.is == state::lingering) {
    --lingering_count_;
  } else {
    uncount(held);
  }
  const std::uint32_t next = held.generation + 1;
  held = record{};
  held.generation = next == 0 ? 1 : next;
  vacant_.push_back(index_of(which));
}

void event_connections::uncount(record& held) {
  --open_;
  open_in_process_.fetch_sub(1, std::memory_order_relaxed);
  if (addresses_) addresses_->give_back(std::exchange(held.taken, address_seats::place::none));
}

viewer event_connections::open(int fd, shared_bytes head, address_seats::place taken) {
  check(owner_ != nullptr);
  const viewer opened = occupy(fd, state::open);
  if (opened == viewer::none) {
    if (addresses_) addresses_->give_back(taken);
    return opened;
  }
  record& held = at(index_of(opened));
  held.taken = taken;
  held.rest = std::move(head);
  held.fresh = true;
  ++open_;
  open_in_process_.fetch_add(1, std::memory_order_relaxed);
  to_turn_.push_back(opened);
  turn_soon();
  return opened;
}

// Sending
// ------------------------------------------------------------------------------------------------------------

sent event_connections::send(viewer to, std::string_view bytes) {
  record* const held = find(to);
  if (!held || held->is != state::open || held->failed) return sent::gone;
  if (held->fresh) return send_with_head(to, *held, {&bytes, 1}, {});
  if (!held->rest.empty()) return refuse(*held);
  const auto written = write(held->fd, bytes);
  const sent outcome = after_write(to, *held, written);
  if (outcome == sent::taken && static_cast<std::size_t>(written) < bytes.size()) {
    keep(*held, {&bytes, 1}, {}, static_cast<std::size_t>(written));
  }
  return outcome;
}

sent event_connections::send(viewer to, const shared_bytes& bytes) {
  record* const held = find(to);
  if (!held || held->is != state::open || held->failed) return sent::gone;
  if (held->fresh) return send_with_head(to, *held, {}, bytes);
  if (!held->rest.empty()) return refuse(*held);
  const auto written = write(held->fd, bytes.view());
  const sent outcome = after_write(to, *held, written);
  if (outcome == sent::taken && static_cast<std::size_t>(written) < bytes.size()) {
    keep(*held, {}, bytes, static_cast<std::size_t>(written));
  }
  return outcome;
}

sent event_connections::send(viewer to, std::span<const std::string_view> pieces, const shared_bytes& last) {
  check(pieces.size() <= pieces_max);
  record* const held = find(to);
  if (!held || held->is != state::open || held->failed) return sent::gone;
  if (held->fresh) return send_with_head(to, *held, pieces, last);
  std::array<iovec, pieces_max + 2> list;
  std::size_t count = 0;
  std::size_t size = last.size();
  for (const std::string_view each : pieces) {
    list[count++] = io(each);
    size += each.size();
  }
  if (!last.empty()) list[count++] = io(last.view());
  if (!held->rest.empty()) return refuse(*held);
  const auto written = write(held->fd, {list.data(), count});
  const sent outcome = after_write(to, *held, written);
  if (outcome == sent::taken && static_cast<std::size_t>(written) < size) {
    keep(*held, pieces, last, static_cast<std::size_t>(written));
  }
  return outcome;
}

/// The first event of a stream, together with the answer's head. Both are taken in any case: the head must
/// not be lost.
sent event_connections::send_with_head(viewer to, record& held, std::span<const std::string_view> pieces,
                                       const shared_bytes& last) {
  std::array<std::string_view, pieces_max + 1> list;
  const shared_bytes head = std::exchange(held.rest, {});
  list[0] = head.view();
  std::copy(pieces.begin(), pieces.end(), list.begin() + 1);
  held.fresh = false;
  const std::span<const std::string_view> all{list.data(), pieces.size() + 1};
  std::array<iovec, pieces_max + 2> blocks;
  std::size_t size = last.size();
  std::size_t count = 0;
  for (const std::string_view each : all) {
    blocks[count++] = io(each);
    size += each.size();
  }
  if (!last.empty()) blocks[count++] = io(last.view());
  const auto written = write(held.fd, {blocks.data(), count});
  if (written < 0) return after_write(to, held, written);
  if (static_cast<std::size_t>(written) < size) keep(held, all, last, static_cast<std::size_t>(written));
  return sent::taken;
}

/// What a write that took `written` bytes, or failed with minus an error, means to the sender.
sent event_connections::after_write(viewer to, record& held, std::int64_t written) {
  if (written >= 0) [[likely]]
    return sent::taken;
  fail(to, held, static_cast<int>(-written));
  return sent::gone;
}

/// A rest is under way: nothing more is taken before it has gone.
sent event_connections::refuse(record& held) {
  held.refused = true;
  return sent::full;
}

void event_connections::keep(record& held, std::span<const std::string_view> pieces, const shared_bytes& last,
                             std::size_t written) {
  std::size_t before_last = 0;
  for (const std::string_view each : pieces) before_last += each.size();
  if (written >= before_last) {
    held.rest = last;
    held.offset = static_cast<std::uint32_t>(written - before_last);
  } else {
    std::string copied;
    copied.reserve(before_last + last.size() - written);
    for (const std::string_view each : pieces) {
      const auto skipped = std::min(written, each.size());
      copied.append(each.substr(skipped));
      written -= skipped;
    }
    held.rest = shared_bytes(copied.append(last.view()));
    held.offset = 0;
  }
  held.refused = true;
  held.since_ns = ns(instant::clock::now());
}

void event_connections::write_rest(viewer which, record& held) {
  if (!held.rest.empty()) {
    held.fresh = false;
    const auto bytes = held.rest.view().substr(held.offset);
    const auto written = write(held.fd, bytes);
    if (written < 0) return fail(which, held, static_cast<int>(-written));
    if (static_cast<std::size_t>(written) < bytes.size()) {
      held.offset += static_cast<std::uint32_t>(written);
      if (held.since_ns == 0) held.since_ns = ns(instant::clock::now());
      held.refused = true;
      return;
    }
    held.rest = {};
  }
  if (held.is == state::closing) {
    ::shutdown(held.fd, SHUT_WR);
    uncount(held);
    ++lingering_count_;
    return await_end(which, held, state::lingering);
  }
  held.since_ns = 0;
  if (std::exchange(held.refused, false)) owner_->writable(which);
}

std::optional<instant> event_connections::pending_since(viewer which) const {
  const record* const held = find(which);
  if (!held || held->since_ns == 0 || held->is != state::open) return std::nullopt;
  return instant(std::chrono::nanoseconds(held->since_ns));
}

// Ending
// -------------------------------------------------------------------------------------------------------------

void event_connections::fail(viewer which, record& held, int error) {
  if (std::exchange(held.failed, true)) return;
  held.why = error == 0 || error == EPIPE || error == ECONNRESET ? close_reason::left : close_reason::dead;
  to_turn_.push_back(which);
  turn_soon();
}

void event_connections::close(viewer which) {
  record* const held = find(which);
  if (!held || held->is != state::open) return;
  await_end(which, *held, state::closing);
  if (held->fresh || held->rest.empty()) write_rest(which, *held);
}

void event_connections::abort(viewer which) {
  record* const held = find(which);
  if (!held || held->is == state::lingering) return;
  reset(held->fd);
  release(which, *held);
}

void event_connections::await_end(viewer which, record& held, state is) {
  held.is = is;
  held.chatter = 0;
  held.since_ns = ns(instant::clock::now() + linger_time);
  ending_.push_back(which);
}

void event_connections::linger(int fd) {
  const viewer which = occupy(fd, state::lingering);
  if (which == viewer::none) return;
  ::shutdown(fd, SHUT_WR);
  ++lingering_count_;
  await_end(which, at(index_of(which)), state::lingering);
}

void event_connections::sweep(instant now) {
  std::size_t done = 0;
  for (; done < ending_.size(); ++done) {
    record* const held = find(ending_[done]);
    if (!held) continue;  // took leave by itself
    if (held->since_ns > ns(now)) break;
    reset(held->fd);
    release(ending_[done], *held);
  }
  ending_.erase(ending_.begin(), ending_.begin() + static_cast<std::ptrdiff_t>(done));
}

// What the kernel and the loop tell
// ----------------------------------------------------------------------------------

void event_connections::ready(std::uint64_t tag, std::uint32_t events) {
  const auto which = static_cast<viewer>(tag);
  record* const held = find(which);
  if (!held || held->failed) return;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0 && !drain_input(which, *held)) return;
  if ((events & EPOLLOUT) == 0 || held->is == state::lingering) return;
  if (!held->rest.empty() || held->refused || held->is == state::closing) write_rest(which, *held);
}

/// Reads and forgets what the peer sends. False when the connection is at its end.
bool event_connections::drain_input(viewer which, record& held) {
  std::array<char, 4096> scrap;
  for (;;) {
    const auto size = ::recv(held.fd, scrap.data(), scrap.size(), MSG_DONTWAIT);
    const int error = size < 0 ? errno : 0;
    if (size < 0 && would_block(error)) return true;
    if (size > 0) {
      held.chatter += static_cast<std::uint32_t>(size);
      if (held.chatter <= chatter_max || (held.is == state::lingering && held.chatter <= 256 * chatter_max))
        continue;
    }
    if (held.is == state::lingering || held.is == state::closing) {
      ::close(held.fd);
      release(which, held);
    } else {
      fail(which, held, error);
      if (size > 0) held.why = close_reason::chatter;
    }
    return false;
  }
}

void event_connections::turn_soon() {
  if (std::exchange(turning_, true)) return;
  boost::asio::post(loop_, [this] { turn(); });
}

void event_connections::turn() {
  turning_ = false;
  const std::vector<viewer> due = std::exchange(to_turn_, {});
  for (const viewer which : due) {
    record* const held = find(which);
    if (!held) continue;
    if (held->failed) {
      const close_reason why = held->why;
      const bool told = held->is == state::open;
      ::close(held->fd);
      release(which, *held);
      if (told) owner_->closed(which, why);
    } else if (held->fresh) {
      write_rest(which, *held);
    }
  }
}

}  // namespace blotter::http
