#include "sim/stream.hpp"

#include <algorithm>

#include "sim/front.hpp"
#include "sim/viewer.hpp"

namespace blotter::sim {

instant stream::arrival() {
  const auto late = microseconds(all_.life.latency_us + all_.network.below(all_.life.jitter_us + 1));
  last_arrival_ = std::max(last_arrival_, all_.time.now() + late);
  return last_arrival_;
}

bool stream::send(std::string_view events) {
  if (buffer_.empty() && under_way_ == 0) moved_at_ = all_.time.now();
  buffer_.append(events);
  push();
  if (buffer_.size() <= all_.life.socket_bytes) return true;
  waiting_ = true;
  all_.seen.sometimes(situation::viewer_told_to_wait);
  return false;
}

/// Moves bytes from the node's socket onto the way, in pieces of any size.
void stream::push() {
  while (!held_ && viewer_side_ && !buffer_.empty() && under_way_ < all_.life.flight_bytes) {
    std::size_t size = std::min<std::size_t>(buffer_.size(), all_.life.flight_bytes - under_way_);
    if (size > 1 && all_.network.below(100) < all_.life.cut_percent) size = 1 + all_.network.below(size);
    all_.seen.sometimes(situation::event_cut_on_the_way, size < buffer_.size());
    std::string piece = buffer_.substr(0, size);
    buffer_.erase(0, size);
    under_way_ += size;
    all_.time.at(arrival(), [this, bytes = std::move(piece)]() mutable { arrive(std::move(bytes)); });
  }
  if (!buffer_.empty()) return;
  if (finishing_) {
    finishing_ = false;
    all_.time.at(arrival(), [this] {
      if (std::exchange(viewer_side_, false)) viewer_.ended(*this);
    });
    tell_node_closed();
    return;
  }
  if (!std::exchange(waiting_, false)) return;
  waited_at_ = all_.time.now();
  if (!node_side_) return;
  front_.post([this, life = node_life_] {
    if (node_side_ && life == front_.life()) front_.writable(*this);
  });
}

void stream::arrive(std::string bytes) {
  if (!viewer_side_) return;
  if (reading_ && unread_.empty())
    take(std::move(bytes));
  else
    unread_ += bytes;
}

void stream::take(std::string bytes) {
  under_way_ -= bytes.size();
  moved_at_ = all_.time.now();
  viewer_.received(*this, bytes);
  push();
}

void stream::read(std::size_t bytes) {
  if (unread_.empty() || !viewer_side_) return;
  std::string some = unread_.substr(0, bytes);
  unread_.erase(0, some.size());
  take(std::move(some));
}

void stream::set_reading(bool reads) {
  if (reads && !reading_) troubled_at_ = all_.time.now();
  reading_ = reads;
  if (reads) read(unread_.size());
}

void stream::end(node::sink::ending how) {
  if (how == node::sink::ending::after_sent) {
    finishing_ = true;
    push();
    return;
  }
  buffer_.clear();
  all_.time.at(arrival(), [this] {
    if (std::exchange(viewer_side_, false)) viewer_.ended(*this);
  });
  tell_node_closed();
}

void stream::refuse() {
  all_.time.at(arrival(), [this] {
    if (std::exchange(viewer_side_, false)) viewer_.refused(*this);
  });
}

void stream::tell_node_closed() {
  front_.post([this, life = node_life_] {
    if (node_side_ && life == front_.life()) front_.closed(*this);
  });
}

void stream::node_died(death how) {
  node_side_ = false;
  buffer_.clear();
  if (how == death::silent) return;
  all_.time.at(arrival(), [this] {
    if (std::exchange(viewer_side_, false)) viewer_.ended(*this);
  });
}

void stream::close() {
  if (!std::exchange(viewer_side_, false)) return;
  all_.time.at(arrival(), [this] { tell_node_closed(); });
}

void stream::vanish() {
  viewer_side_ = false;
}

void stream::hold() {
  held_ = true;
}

void stream::open() {
  if (!std::exchange(held_, false)) return;
  troubled_at_ = all_.time.now();
  push();
}

void stream::cut() {
  if (!viewer_side_) return;
  close();
  all_.time.at(arrival(), [this] { viewer_.ended(*this); });
}

void stream::watch(milliseconds patience) {
  if (!node_side_) return;
  if (buffer_.empty() && under_way_ == 0) return;
  if (all_.time.now() - moved_at_ < patience) return;
  buffer_.clear();
  if (!std::exchange(viewer_side_, false)) return tell_node_closed();
  viewer_.ended(*this);
  tell_node_closed();
}

}  // namespace blotter::sim
