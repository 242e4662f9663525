#include "net/link_connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace blotter::net {

namespace {

/// What waits is written at once, without waiting for the loop to turn, when it has grown to this.
constexpr std::size_t write_now_bytes = 64 * 1024;
constexpr std::size_t pieces_max = 16;
/// An end in TLS gives a peer without it no reason that this could read.
constexpr const char* closed_before_hello =
    "the peer closed the link before its hello: it is no member, or takes links in TLS alone";

}  // namespace

template <class Sends, class Hears>
link_connection<Sends, Hears>::link_connection(boost::asio::io_context& loop, link_id number,
                                               std::unique_ptr<link_stream> stream,
                                               link::session_options options, keeper& told)
    : loop_(loop),
      number_(number),
      stream_(std::move(stream)),
      session_(std::move(options), instant::clock::now()),
      told_(&told) {}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::start() {
  stream_->handshake([self = this->shared_from_this()](error_code failed, std::size_t) {
    if (self->closed_) return;
    if (failed) return self->broke(failed);
    self->streaming_ = true;
    self->read();
    self->write();
  });
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::send(const Sends& message) {
  session_.send(message, instant::clock::now());
  if (session_.out().size() >= write_now_bytes && !session_.has_ended())
    write();
  else
    write_soon();
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::end(error_code why) {
  session_.end(why);
  write_soon();
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::tick(instant now) {
  session_.tick(now);
  tell_if_over();
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::abandon() {
  told_ = nullptr;
  over_ = true;
  close();
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::up(const link::hello& peer) {
  told_->up(number_, peer);
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::received(Hears&& message) {
  told_->received(number_, std::move(message));
}

// Reading.

template <class Sends, class Hears>
void link_connection<Sends, Hears>::read() {
  stream_->read(session_.room(), [self = this->shared_from_this()](error_code failed, std::size_t bytes) {
    self->was_read(failed, bytes);
  });
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::was_read(error_code failed, std::size_t bytes) {
  if (closed_) return;
  if (failed) return broke(failed);
  const std::uint64_t before = session_.messages_heard();
  session_.arrived(bytes, instant::clock::now(), *this);
  if (session_.messages_heard() > before) told_->received_all(number_);
  tell_if_over();
  // After the end as well: a peer that is still writing would otherwise be reset before it reads why.
  if (!closed_) read();
}

// Writing.

template <class Sends, class Hears>
void link_connection<Sends, Hears>::write_soon() {
  if (std::exchange(write_due_, true)) return;
  boost::asio::post(loop_, [self = this->shared_from_this()] {
    self->write_due_ = false;
    self->tell_if_over();
    self->write();
  });
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::write() {
  if (writing_ || closed_ || !streaming_) return;
  std::array<std::span<const char>, pieces_max> pieces;
  const std::size_t count = session_.out().gather(pieces);
  if (count == 0) {
    if (over_ && !std::exchange(finished_, true)) stream_->finish();
    return;
  }
  writing_ = true;
  stream_->write(std::span(pieces).first(count),
                 [self = this->shared_from_this()](error_code failed, std::size_t bytes) {
                   self->was_written(failed, bytes);
                 });
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::was_written(error_code failed, std::size_t bytes) {
  writing_ = false;
  if (closed_) return;
  if (failed) return broke(failed);
  session_.written(bytes);
  write();
}

// The end.

template <class Sends, class Hears>
void link_connection<Sends, Hears>::tell_if_over() {
  if (over_ || !session_.has_ended()) return;
  over_ = true;
  if (streaming_ && session_.has_last_word())
    write();
  else
    close();
  std::exchange(told_, nullptr)->over(number_);
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::broke(error_code why) {
  if (why == boost::asio::error::eof && streaming_ && !session_.is_up())
    session_.end(link::errc::closed_by_peer, closed_before_hello);
  else if (why == boost::asio::error::eof)
    session_.end(link::errc::closed_by_peer);
  else
    session_.end(why, sentence_of(why));
  close();
  tell_if_over();
}

template <class Sends, class Hears>
void link_connection<Sends, Hears>::close() {
  if (std::exchange(closed_, true)) return;
  stream_->close();
}

template class link_connection<link::to_node, link::to_router>;
template class link_connection<link::to_router, link::to_node>;
template class link_connection<link::to_serving_node, link::to_gateway>;
template class link_connection<link::to_gateway, link::to_serving_node>;

}  // namespace blotter::net
