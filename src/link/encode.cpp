#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "base/check.hpp"
#include "base/overloaded.hpp"
#include "link/codec.hpp"
#include "link/errc.hpp"
#include "link/frame.hpp"
#include "link/link_generated.h"

namespace blotter::link {

namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

/// A frame of rows ends with the row that reaches this: large enough that its head costs nothing, small
/// enough that the other end begins while this one goes on.
constexpr std::size_t rows_frame_bytes = 64 * 1024;
/// The same for events.
constexpr std::size_t events_frame_bytes = 64 * 1024;
/// Entries of one `StreamTaken`.
constexpr std::size_t taken_frame_streams = 4096;
/// Bytes of an answer in one frame.
constexpr std::size_t answer_frame_bytes = 1 << 20;
/// Rows are scattered over memory: so many are fetched ahead.
constexpr std::size_t rows_ahead = 8;

std::uint64_t number(subscription_id id) {
  return static_cast<std::uint64_t>(id);
}
std::uint64_t number(stream_id id) {
  return static_cast<std::uint64_t>(id);
}
std::uint64_t number(question_id id) {
  return static_cast<std::uint64_t>(id);
}

/// Parts of a `stream_events` that one frame holds, and the text from the first one's begin on.
struct some_events {
  std::span<const stream_events::part> parts;
  std::string_view text;
};
/// A piece of an answer.
struct some_answer {
  question_id id;
  std::string_view json;
  std::uint64_t rest;
};

/// At most `text_size_max` bytes, and no half character at the end.
std::string_view cut(std::string_view text) {
  if (text.size() <= text_size_max) return text;
  std::size_t size = text_size_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

template <class List>
bool fits(const List& of_partitions) {
  return of_partitions.size() <= partitions_max;
}

/// Builds a message's table: its kind, and where it is; none if it does not fit.
class to_wire {
 public:
  explicit to_wire(FlatBufferBuilder& to) : to_(to) {}

  struct built {
    wire::Body kind = wire::Body::NONE;
    Offset<void> at;
  };

  built operator()(const hello& what) {
    const auto topic = what.topic.empty() ? Offset<flatbuffers::String>() : text(what.topic);
    return {wire::Body::Hello, wire::CreateHello(to_, what.version, text(what.cluster), text(what.member),
                                                 static_cast<std::uint8_t>(what.as), topic)
                                   .Union()};
  }
  built operator()(const refusal& what) {
    return {wire::Body::Refusal, wire::CreateRefusal(to_, what.number, text(cut(what.text))).Union()};
  }
  built operator()(const heartbeat& what) {
    return {wire::Body::Heartbeat, wire::CreateHeartbeat(to_, what.number).Union()};
  }
  built operator()(const subscribe& what) {
    if (!fits(what.have.seen)) return {};
    const auto have = bookmark(what.have);
    return {wire::Body::Subscribe,
            wire::CreateSubscribe(to_, number(what.id), text(what.client), have).Union()};
  }
  built operator()(const unsubscribe& what) {
    return {wire::Body::Unsubscribe, wire::CreateUnsubscribe(to_, number(what.id)).Union()};
  }
  built operator()(const taken& what) {
    return {wire::Body::Taken, wire::CreateTaken(to_, what.bytes_total).Union()};
  }
  built operator()(const wanted& what) {
    if (!fits(what.partitions) || !fits(what.reached.seen)) return {};
    const auto reached = bookmark(what.reached);
    return {wire::Body::Wanted, wire::CreateWanted(to_, to_.CreateVector(what.partitions), reached).Union()};
  }
  built operator()(const feed_began& what) {
    if (what.partitions > partitions_max) return {};
    return {wire::Body::FeedBegan, wire::CreateFeedBegan(to_, static_cast<std::uint64_t>(what.feed),
                                                         what.partitions, text(cut(what.reason)))
                                       .Union()};
  }
  built operator()(const subscription_began& what) {
    const bool resumed = what.how == subscription_began::resumed::yes;
    return {wire::Body::SubscriptionBegan,
            wire::CreateSubscriptionBegan(to_, number(what.id), resumed).Union()};
  }
  built operator()(std::span<const row> all);
  built operator()(const rows& what) { return operator()(std::span(what.all)); }
  built operator()(const subscription_caught_up& what) {
    return {wire::Body::SubscriptionCaughtUp, wire::CreateSubscriptionCaughtUp(to_, number(what.id)).Union()};
  }
  built operator()(const progress& what) {
    if (!fits(what.partitions)) return {};
    wire::PartitionProgress* each = nullptr;
    const auto moved = to_.CreateUninitializedVectorOfStructs(what.partitions.size(), &each);
    for (const progress::of_partition& p : what.partitions)
      *each++ = wire::PartitionProgress(p.complete, p.horizon, p.partition);
    return {wire::Body::Progress, wire::CreateProgress(to_, moved).Union()};
  }
  built operator()(const feed_status& what) {
    return {wire::Body::FeedStatus,
            wire::CreateFeedStatus(to_, static_cast<std::uint8_t>(what.now), text(cut(what.text))).Union()};
  }
  built operator()(const serving& what) {
    if (!fits(what.partitions)) return {};
    return {wire::Body::Serving, wire::CreateServing(to_, to_.CreateVector(what.partitions)).Union()};
  }

  built operator()(const open_stream& what) {
    const auto client = text(what.client);
    const auto bookmark = what.bookmark ? text(*what.bookmark) : Offset<flatbuffers::String>();
    return {wire::Body::OpenStream,
            wire::CreateOpenStream(to_, number(what.id), client, bookmark, what.beat_s).Union()};
  }
  built operator()(const close_stream& what) {
    return {wire::Body::CloseStream, wire::CreateCloseStream(to_, number(what.id)).Union()};
  }
  built operator()(const stream_taken& what) { return operator()(std::span(what.all)); }
  built operator()(std::span<const stream_taken::one> all) {
    wire::TakenOfStream* to = nullptr;
    const auto streams = to_.CreateUninitializedVectorOfStructs(all.size(), &to);
    for (const stream_taken::one& each : all) *to++ = wire::TakenOfStream(number(each.id), each.bytes_total);
    return {wire::Body::StreamTaken, wire::CreateStreamTaken(to_, streams).Union()};
  }
  built operator()(const ask_rows& what) {
    return {wire::Body::AskRows, wire::CreateAskRows(to_, number(what.id), text(what.client)).Union()};
  }
  built operator()(const some_events& what);
  built operator()(const stream_ended& what) {
    return {wire::Body::StreamEnded,
            wire::CreateStreamEnded(to_, number(what.id), static_cast<std::uint8_t>(what.why)).Union()};
  }
  built operator()(const some_answer& what) {
    return {wire::Body::RowsAnswer,
            wire::CreateRowsAnswer(to_, number(what.id), what.rest, bytes(what.json)).Union()};
  }

 private:
  Offset<wire::Bookmark> bookmark(const table::bookmark& what) {
    wire::Position* each = nullptr;
    const auto seen = to_.CreateUninitializedVectorOfStructs(what.seen.size(), &each);
    for (const table::position& at : what.seen.all()) *each++ = wire::Position(at.offset, at.partition);
    return wire::CreateBookmark(to_, static_cast<std::uint64_t>(what.feed), seen);
  }
  Offset<flatbuffers::Vector<std::uint8_t>> bytes(std::string_view what) {
    return to_.CreateVector(reinterpret_cast<const std::uint8_t*>(what.data()), what.size());
  }
  Offset<flatbuffers::String> text(std::string_view what) {
    return to_.CreateString(what.data(), what.size());
  }

  FlatBufferBuilder& to_;
};

to_wire::built to_wire::operator()(std::span<const row> all) {
  std::size_t text_size = 0;
  for (const row& each : all) text_size += each.content.key().size() + each.content.value().size();
  std::uint8_t* text = nullptr;
  const auto texts = to_.CreateUninitializedVector(text_size, &text);
  for (const row& each : all) {
    const std::string_view key = each.content.key(), value = each.content.value();
    std::memcpy(text, key.data(), key.size());
    text += key.size();
    if (!value.empty()) std::memcpy(text, value.data(), value.size());
    text += value.size();
  }
  wire::Row* to = nullptr;
  const auto numbers = to_.CreateUninitializedVectorOfStructs(all.size(), &to);
  for (const row& each : all) {
    *to++ = wire::Row(number(each.id), each.at.offset, each.time.time_since_epoch().count(),
                      each.at.partition, static_cast<std::uint32_t>(each.content.value().size()),
                      static_cast<std::uint16_t>(each.content.key().size()),
                      static_cast<std::uint8_t>(each.kind), each.moved);
  }
  return {wire::Body::Rows, wire::CreateRows(to_, numbers, texts).Union()};
}

to_wire::built to_wire::operator()(const some_events& what) {
  const auto text = bytes(what.text);
  const std::uint32_t begin = what.parts.front().begin;
  wire::EventsPart* to = nullptr;
  const auto parts = to_.CreateUninitializedVectorOfStructs(what.parts.size(), &to);
  for (const stream_events::part& each : what.parts)
    *to++ = wire::EventsPart(number(each.to), each.begin - begin, each.size);
  return {wire::Body::StreamEvents, wire::CreateStreamEvents(to_, parts, text).Union()};
}

std::size_t wire_size(const row& one) {
  return sizeof(wire::Row) + one.content.key().size() + one.content.value().size();
}

}  // namespace

/// Gives the builder the outbox's blocks to build in.
class encoder::block_source final : public flatbuffers::Allocator {
 public:
  explicit block_source(outbox& of) : of_(of) {}

  std::uint8_t* allocate(std::size_t size) override {
    if (size == outbox::block_size) return of_.take_block().release();
    return std::make_unique_for_overwrite<std::uint8_t[]>(size).release();
  }
  void deallocate(std::uint8_t* memory, std::size_t size) override {
    outbox::memory mine(memory);
    if (size == outbox::block_size) of_.give_back(std::move(mine));
  }

 private:
  outbox& of_;
};

encoder::encoder(outbox& to)
    : to_(to),
      blocks_(std::make_unique<block_source>(to)),
      builder_(std::make_unique<FlatBufferBuilder>(outbox::block_size, blocks_.get())) {}
encoder::~encoder() = default;

template <class Message>
result<void> encoder::put_one(const Message& what) {
  builder_->Clear();
  const to_wire::built body = to_wire(*builder_)(what);
  if (body.kind == wire::Body::NONE) return errc::message_too_large;
  builder_->Finish(wire::CreateFrame(*builder_, body.kind, body.at));
  if (builder_->GetSize() > frame_size_max) return errc::message_too_large;
  put_built();
  return {};
}

/// What fills most of a block goes out in it; the builder takes another. The rest is copied behind what
/// waits.
void encoder::put_built() {
  const std::size_t size = builder_->GetSize();
  if (size < outbox::block_size / 2 || size % 8 != 0) {
    put_frame(to_, {reinterpret_cast<const char*>(builder_->GetBufferPointer()), size});
    if (size > outbox::block_size) builder_->Reset();
    return;
  }
  std::size_t capacity = 0;
  std::size_t begin = 0;
  outbox::memory block(builder_->ReleaseRaw(capacity, begin));
  if (begin < frame_head_size) {  // no room for the head: rare
    put_frame(to_, {reinterpret_cast<const char*>(block.get()) + begin, size});
    return;
  }
  begin -= frame_head_size;
  put_head(block.get() + begin, size);
  to_.put_block(std::move(block), capacity, begin);
}

void encoder::put_rows(std::span<const row> all) {
  while (!all.empty()) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (count < all.size() && bytes < rows_frame_bytes) {
      if (count + rows_ahead < all.size()) all[count + rows_ahead].content.prefetch();
      bytes += wire_size(all[count++]);
    }
    // A row has its bounds, so this always fits.
    const result<void> done = put_one(all.first(count));
    check(done.has_value());
    all = all.subspan(count);
  }
}

void encoder::put_events(const stream_events& all) {
  for (std::span<const stream_events::part> rest(all.parts); !rest.empty();) {
    const std::size_t begin = rest.front().begin;
    std::size_t end = begin;
    std::size_t count = 0;
    while (count < rest.size() && end - begin + count * sizeof(wire::EventsPart) < events_frame_bytes) {
      const stream_events::part& each = rest[count++];
      check(each.begin >= begin && each.begin <= end);
      end = std::max<std::size_t>(end, std::size_t{each.begin} + each.size);
    }
    check(end <= all.text.size());
    // Events of one send have their bounds, so this always fits.
    const result<void> done =
        put_one(some_events{rest.first(count), std::string_view(all.text).substr(begin, end - begin)});
    check(done.has_value());
    rest = rest.subspan(count);
  }
}

void encoder::put_taken(std::span<const stream_taken::one> all) {
  while (!all.empty()) {
    const auto some = all.first(std::min(all.size(), taken_frame_streams));
    check(put_one(some).has_value());
    all = all.subspan(some.size());
  }
}

result<void> encoder::put_answer(const rows_answer& what) {
  if (what.json.size() + what.rest > answer_size_max) return errc::message_too_large;
  std::string_view left = what.json;
  do {
    const std::string_view some = left.substr(0, answer_frame_bytes);
    left.remove_prefix(some.size());
    check(put_one(some_answer{what.id, some, left.size() + what.rest}).has_value());
  } while (!left.empty());
  return {};
}

result<void> encoder::put(const hello& what) {
  return put_one(what);
}

result<void> encoder::put(const refusal& what) {
  return put_one(what);
}

result<void> encoder::put(const to_router& what) {
  return std::visit([&](const auto& each) { return put_one(each); }, what);
}

result<void> encoder::put(const to_node& what) {
  if (const auto* many = std::get_if<rows>(&what)) {
    put_rows(many->all);
    return {};
  }
  return std::visit([&](const auto& each) { return put_one(each); }, what);
}

result<void> encoder::put(const to_serving_node& what) {
  if (const auto* many = std::get_if<stream_taken>(&what)) {
    put_taken(many->all);
    return {};
  }
  return std::visit([&](const auto& each) { return put_one(each); }, what);
}

result<void> encoder::put(const to_gateway& what) {
  return std::visit(overloaded{[&](const stream_events& many) -> result<void> {
                                 put_events(many);
                                 return {};
                               },
                               [&](const rows_answer& one) { return put_answer(one); },
                               [&](const auto& each) { return put_one(each); }},
                    what);
}

}  // namespace blotter::link
