#include "hazelcast/frame.hpp"

#include "base/check.hpp"
#include "hazelcast/bytes.hpp"
#include "hazelcast/errc.hpp"

namespace blotter::hazelcast {
namespace {

constexpr std::uint16_t shaped = flag::begin_structure | flag::end_structure | flag::null_value;

}  // namespace

std::int32_t message::type() const {
  return load_little<std::int32_t>(bytes_.data() + frame_head_size);
}

std::int64_t message::correlation() const {
  return load_little<std::int64_t>(bytes_.data() + frame_head_size + 4);
}

bool message::is_event() const {
  return (load_little<std::uint16_t>(bytes_.data() + 4) & flag::event) != 0;
}

void message_splitter::take(std::string_view bytes) {
  if (start_ > 0) {
    held_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
  }
  held_.append(bytes);
}

result<std::optional<message>> message_splitter::next() {
  while (held_.size() - scanned_ >= frame_head_size) {
    const char* const head = held_.data() + scanned_;
    const auto length = load_little<std::int32_t>(head);
    const auto flags = load_little<std::uint16_t>(head + 4);
    const bool first = scanned_ == start_;
    const std::size_t smallest = frame_head_size + (first ? first_frame_size_min : 0);
    if (length < static_cast<std::int32_t>(smallest)) return errc::bad_message;
    if (first && (flags & flag::unfragmented) != flag::unfragmented) return errc::bad_message;
    const auto size = static_cast<std::size_t>(length);
    if (size > size_max_ || scanned_ - start_ + size > size_max_) return errc::message_too_large;
    if (held_.size() - scanned_ < size) break;
    scanned_ += size;
    if ((flags & flag::final_frame) == 0) continue;
    const std::string_view whole(held_.data() + start_, scanned_ - start_);
    start_ = scanned_;
    return message(whole);
  }
  return std::optional<message>();
}

frame frame_walk::peek() const {
  if (rest_.empty()) return {};
  const auto size = static_cast<std::size_t>(load_little<std::int32_t>(rest_.data()));
  return {load_little<std::uint16_t>(rest_.data() + 4),
          rest_.substr(frame_head_size, size - frame_head_size)};
}

void frame_walk::fail() {
  failed_ = true;
  rest_ = {};
}

frame frame_walk::next() {
  if (rest_.empty()) {
    fail();
    return {};
  }
  const frame out = peek();
  rest_.remove_prefix(frame_head_size + out.content.size());
  return out;
}

void frame_walk::expect(std::uint16_t flags) {
  if (!next().has(flags)) fail();
}

bool frame_walk::take_if(std::uint16_t flags) {
  if (!peek().has(flags)) return false;
  (void)next();
  return true;
}

std::string_view frame_walk::value() {
  const frame out = next();
  if (!out.has(shaped)) return out.content;
  fail();
  return {};
}

std::optional<std::string_view> frame_walk::nullable() {
  if (take_if(flag::null_value)) return std::nullopt;
  return value();
}

void frame_walk::leave() {
  for (std::size_t depth = 1; depth > 0 && !failed_;) {
    const frame each = next();
    if (each.has(flag::begin_structure)) ++depth;
    if (each.has(flag::end_structure)) --depth;
  }
}

void frame_walk::skip() {
  const frame first = next();
  if (first.has(flag::end_structure)) return fail();
  if (first.has(flag::begin_structure)) leave();
}

template <class T>
T fixed_fields::number(std::size_t offset) {
  if (has(offset, sizeof(T))) return load_little<T>(content_.data() + offset);
  failed_ = true;
  return 0;
}

template std::uint8_t fixed_fields::number(std::size_t);
template std::int32_t fixed_fields::number(std::size_t);
template std::int64_t fixed_fields::number(std::size_t);

}  // namespace blotter::hazelcast
