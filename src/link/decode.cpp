#include <algorithm>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "link/codec.hpp"
#include "link/errc.hpp"
#include "link/link_generated.h"
#include "table/row_change.hpp"

namespace blotter::link {

namespace {

/// A row's time is within the years 1 to 9999 or so: calendars end there.
constexpr std::int64_t time_ms_max = 253'402'300'799'999;
/// As long as any viewer may ask for.
constexpr std::uint8_t beat_s_max = 30;

std::string_view view(const flatbuffers::String* text) {
  return {text->c_str(), text->size()};
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_size_max &&
         std::all_of(text.begin(), text.end(), [](char each) { return each > 0x20 && each < 0x7F; });
}

/// The verifier looks at a vector's size and place, but not at how structs are aligned in it.
template <class Struct>
bool is_aligned(const flatbuffers::Vector<const Struct*>& all) {
  return all.size() == 0 || reinterpret_cast<std::uintptr_t>(all.Data()) % alignof(Struct) == 0;
}

result<hello> from(const wire::Hello& is) {
  // Of an unknown version nothing is taken for granted but that it says so.
  hello what{is.version(), std::string(view(is.cluster())), std::string(view(is.member())),
             static_cast<role>(is.role()), is.topic() ? std::string(view(is.topic())) : std::string()};
  const bool named =
      is_name(what.cluster) && is_name(what.member) && (what.topic.empty() || is_name(what.topic));
  if (what.version == protocol_version && !named) return errc::out_of_bounds;
  return what;
}

result<refusal> from(const wire::Refusal& is) {
  return refusal{is.number(), std::string(view(is.text()).substr(0, text_size_max))};
}

result<heartbeat> from(const wire::Heartbeat& is) {
  return heartbeat{is.number()};
}

result<table::bookmark> from(const wire::Bookmark& is) {
  if (!is_aligned(*is.seen())) return errc::malformed;
  table::bookmark what{table::generation{is.feed()}, {}};
  std::int64_t last = -1;
  for (const wire::Position* at : *is.seen()) {
    if (at->partition() >= partitions_max || at->partition() <= last || at->offset() < 0)
      return errc::out_of_bounds;
    last = at->partition();
    what.seen.set({at->partition(), at->offset()});
  }
  return what;
}

result<subscribe> from(const wire::Subscribe& is) {
  const std::string_view client = view(is.client());
  if (client.empty() || client.size() > table::client_id_size_max) return errc::out_of_bounds;
  auto have = from(*is.have());
  if (!have) return have.error();
  return subscribe{subscription_id{is.id()}, std::string(client), std::move(*have)};
}

result<unsubscribe> from(const wire::Unsubscribe& is) {
  return unsubscribe{subscription_id{is.id()}};
}

result<taken> from(const wire::Taken& is) {
  return taken{is.bytes_total()};
}

result<std::vector<table::partition_id>> partitions(const flatbuffers::Vector<std::uint32_t>& all) {
  if (all.size() > partitions_max) return errc::out_of_bounds;
  const auto is_partition = [](std::uint32_t each) { return each < partitions_max; };
  if (!std::all_of(all.begin(), all.end(), is_partition)) return errc::out_of_bounds;
  return std::vector<table::partition_id>(all.begin(), all.end());
}

result<wanted> from(const wire::Wanted& is) {
  auto all = partitions(*is.partitions());
  if (!all) return all.error();
  auto reached = from(*is.reached());
  if (!reached) return reached.error();
  return wanted{std::move(*all), std::move(*reached)};
}

result<serving> from(const wire::Serving& is) {
  auto all = partitions(*is.partitions());
  if (!all) return all.error();
  return serving{std::move(*all)};
}

result<feed_began> from(const wire::FeedBegan& is) {
  const std::string_view reason = view(is.reason());
  if (is.partitions() > partitions_max || reason.size() > text_size_max) return errc::out_of_bounds;
  return feed_began{table::generation{is.feed()}, is.partitions(), std::string(reason)};
}

result<subscription_began> from(const wire::SubscriptionBegan& is) {
  using resumed = subscription_began::resumed;
  return subscription_began{subscription_id{is.id()}, is.resumed() ? resumed::yes : resumed::no};
}

bool is_allowed(const wire::Row& is) {
  const bool erases = is.kind() == static_cast<std::uint8_t>(table::change_kind::erase);
  const bool puts = is.kind() == static_cast<std::uint8_t>(table::change_kind::put);
  return (erases ? is.value_size() == 0 : puts && is.value_size() > 0) && is.key_size() > 0 &&
         is.key_size() <= table::row_key_size_max && is.value_size() <= table::row_value_size_max &&
         is.offset() >= 0 && is.partition() < partitions_max && is.time_ms() <= time_ms_max &&
         is.time_ms() >= -time_ms_max;
}

result<rows> from(const wire::Rows& is) {
  if (!is_aligned(*is.all())) return errc::malformed;
  std::string_view text(reinterpret_cast<const char*>(is.text()->Data()), is.text()->size());
  // A line end would end a viewer's event in the middle.
  if (text.find('\n') != text.npos || text.find('\r') != text.npos) return errc::out_of_bounds;
  rows what;
  what.all.reserve(is.all()->size());
  for (const wire::Row* each : *is.all()) {
    if (!is_allowed(*each)) return errc::out_of_bounds;
    const std::size_t key_size = each->key_size();
    const std::size_t value_size = each->value_size();
    if (key_size + value_size > text.size()) return errc::out_of_bounds;
    what.all.push_back({subscription_id{each->subscription()},
                        table::row_content(text.substr(0, key_size), text.substr(key_size, value_size)),
                        {each->partition(), each->offset()},
                        wall_time(milliseconds(each->time_ms())),
                        static_cast<table::change_kind>(each->kind()),
                        each->moved()});
    text.remove_prefix(key_size + value_size);
  }
  if (!text.empty()) return errc::out_of_bounds;
  return what;
}

result<subscription_caught_up> from(const wire::SubscriptionCaughtUp& is) {
  return subscription_caught_up{subscription_id{is.id()}};
}

result<progress> from(const wire::Progress& is) {
  if (!is_aligned(*is.partitions())) return errc::malformed;
  if (is.partitions()->size() > partitions_max) return errc::out_of_bounds;
  progress what;
  what.partitions.reserve(is.partitions()->size());
  for (const wire::PartitionProgress* p : *is.partitions()) {
    if (p->partition() >= partitions_max || p->complete() < 0 || p->horizon() < 0) return errc::out_of_bounds;
    what.partitions.push_back({p->partition(), p->complete(), p->horizon()});
  }
  return what;
}

result<feed_status> from(const wire::FeedStatus& is) {
  const std::string_view text = view(is.text());
  if (is.now() > static_cast<std::uint8_t>(feed_status::state::lost) || text.size() > text_size_max)
    return errc::out_of_bounds;
  return feed_status{static_cast<feed_status::state>(is.now()), std::string(text)};
}

// Streams.

result<open_stream> from(const wire::OpenStream& is) {
  const std::string_view client = view(is.client());
  if (client.empty() || client.size() > table::client_id_size_max) return errc::out_of_bounds;
  if (is.bookmark() && is.bookmark()->size() > opening_size_max) return errc::out_of_bounds;
  if (is.beat_s() > beat_s_max) return errc::out_of_bounds;
  open_stream what{stream_id{is.id()}, std::string(client), {}, is.beat_s()};
  if (is.bookmark()) what.bookmark = std::string(view(is.bookmark()));
  return what;
}

result<close_stream> from(const wire::CloseStream& is) {
  return close_stream{stream_id{is.id()}};
}

result<stream_taken> from(const wire::StreamTaken& is) {
  if (!is_aligned(*is.all())) return errc::malformed;
  stream_taken what;
  what.all.reserve(is.all()->size());
  for (const wire::TakenOfStream* each : *is.all())
    what.all.push_back({stream_id{each->id()}, each->bytes_total()});
  return what;
}

result<ask_rows> from(const wire::AskRows& is) {
  const std::string_view client = view(is.client());
  if (client.empty() || client.size() > table::client_id_size_max) return errc::out_of_bounds;
  return ask_rows{question_id{is.id()}, std::string(client)};
}

result<stream_events> from(const wire::StreamEvents& is) {
  if (!is_aligned(*is.parts())) return errc::malformed;
  const std::string_view text(reinterpret_cast<const char*>(is.text()->Data()), is.text()->size());
  stream_events what;
  what.parts.reserve(is.parts()->size());
  std::uint32_t last = 0;
  std::uint64_t end = 0;
  for (const wire::EventsPart* each : *is.parts()) {
    const std::uint64_t ends_at = std::uint64_t{each->begin()} + each->size();
    if (each->size() == 0 || each->begin() < last || each->begin() > end || ends_at > text.size())
      return errc::out_of_bounds;
    // A half event would have the next one's id stand for it.
    if (!text.substr(each->begin(), each->size()).ends_with("\n\n")) return errc::out_of_bounds;
    last = each->begin();
    end = std::max(end, ends_at);
    what.parts.push_back({stream_id{each->to()}, each->begin(), each->size()});
  }
  if (end != text.size()) return errc::out_of_bounds;
  what.text = text;
  return what;
}

result<stream_ended> from(const wire::StreamEnded& is) {
  if (is.why() > static_cast<std::uint8_t>(stream_ended::cause::stuck)) return errc::out_of_bounds;
  return stream_ended{stream_id{is.id()}, static_cast<stream_ended::cause>(is.why())};
}

result<rows_answer> from(const wire::RowsAnswer& is) {
  if (is.rest() > answer_size_max || is.json()->size() + is.rest() > answer_size_max)
    return errc::out_of_bounds;
  return rows_answer{question_id{is.id()},
                     std::string(reinterpret_cast<const char*>(is.json()->Data()), is.json()->size()),
                     is.rest()};
}

template <class One, class... All>
constexpr bool holds(const std::variant<All...>*) {
  return (std::is_same_v<One, All> || ...);
}

/// The body's one message, if this end may hear it.
template <class Message, class Wire>
result<heard<Message>> take(const wire::Frame& frame) {
  const auto& is = *static_cast<const Wire*>(frame.body());
  using One = typename decltype(from(is))::value_type;
  if constexpr (std::is_same_v<One, hello> || std::is_same_v<One, refusal> ||
                holds<One>(static_cast<const Message*>(nullptr))) {
    auto what = from(is);
    if (!what) return what.error();
    if constexpr (holds<One>(static_cast<const Message*>(nullptr)))
      return heard<Message>(Message(std::move(*what)));
    else
      return heard<Message>(std::move(*what));
  } else {
    return errc::wrong_direction;
  }
}

const wire::Frame* verified(std::span<const char> body) {
  flatbuffers::Verifier::Options bounds;
  bounds.max_depth = 4;
  bounds.max_tables = 4;
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(body.data()), body.size(), bounds);
  return verifier.VerifyBuffer<wire::Frame>(nullptr) ? flatbuffers::GetRoot<wire::Frame>(body.data())
                                                     : nullptr;
}

}  // namespace

template <class Message>
result<heard<Message>> decode(std::span<const char> body) {
  const wire::Frame* frame = verified(body);
  if (!frame) return errc::malformed;
  switch (frame->body_type()) {
    case wire::Body::Hello:
      return take<Message, wire::Hello>(*frame);
    case wire::Body::Refusal:
      return take<Message, wire::Refusal>(*frame);
    case wire::Body::Heartbeat:
      return take<Message, wire::Heartbeat>(*frame);
    case wire::Body::Subscribe:
      return take<Message, wire::Subscribe>(*frame);
    case wire::Body::Unsubscribe:
      return take<Message, wire::Unsubscribe>(*frame);
    case wire::Body::Taken:
      return take<Message, wire::Taken>(*frame);
    case wire::Body::Wanted:
      return take<Message, wire::Wanted>(*frame);
    case wire::Body::FeedBegan:
      return take<Message, wire::FeedBegan>(*frame);
    case wire::Body::SubscriptionBegan:
      return take<Message, wire::SubscriptionBegan>(*frame);
    case wire::Body::Rows:
      return take<Message, wire::Rows>(*frame);
    case wire::Body::SubscriptionCaughtUp:
      return take<Message, wire::SubscriptionCaughtUp>(*frame);
    case wire::Body::Progress:
      return take<Message, wire::Progress>(*frame);
    case wire::Body::FeedStatus:
      return take<Message, wire::FeedStatus>(*frame);
    case wire::Body::Serving:
      return take<Message, wire::Serving>(*frame);
    case wire::Body::OpenStream:
      return take<Message, wire::OpenStream>(*frame);
    case wire::Body::CloseStream:
      return take<Message, wire::CloseStream>(*frame);
    case wire::Body::StreamTaken:
      return take<Message, wire::StreamTaken>(*frame);
    case wire::Body::AskRows:
      return take<Message, wire::AskRows>(*frame);
    case wire::Body::StreamEvents:
      return take<Message, wire::StreamEvents>(*frame);
    case wire::Body::StreamEnded:
      return take<Message, wire::StreamEnded>(*frame);
    case wire::Body::RowsAnswer:
      return take<Message, wire::RowsAnswer>(*frame);
    case wire::Body::NONE:
      break;
  }
  return errc::unknown_message;
}

template result<heard<to_router>> decode<to_router>(std::span<const char> body);
template result<heard<to_node>> decode<to_node>(std::span<const char> body);
template result<heard<to_serving_node>> decode<to_serving_node>(std::span<const char> body);
template result<heard<to_gateway>> decode<to_gateway>(std::span<const char> body);

}  // namespace blotter::link
