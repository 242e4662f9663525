#include "hazelcast/answer.hpp"

#include <algorithm>
#include <array>

#include "hazelcast/bytes.hpp"
#include "hazelcast/errc.hpp"

namespace blotter::hazelcast {
namespace {

constexpr std::size_t uuid_size = 17;        // whether it is null, and 16 bytes
constexpr std::size_t answer_fields = 13;    // behind type, correlation id and a count that we need not
constexpr std::size_t event_fields = 16;     // behind type, correlation id and partition
constexpr std::size_t text_size_max = 1024;  // of a text that is kept
constexpr std::size_t attributes_max = 256;  // other addresses of one member

uuid id_at(fixed_fields& in, std::size_t offset) {
  if (in.byte(offset) != 0) return {};
  return {static_cast<std::uint64_t>(in.int64(offset + 1)), static_cast<std::uint64_t>(in.int64(offset + 9))};
}

std::string short_text(std::string_view text) {
  return std::string(text.substr(0, text_size_max));
}

template <class T>
result<T> when_good(const frame_walk& walk, const fixed_fields& fixed, T&& what) {
  if (walk.failed() || fixed.failed()) return errc::bad_message;
  return std::forward<T>(what);
}

/// Begun already.
address read_address(frame_walk& in) {
  fixed_fields fixed(in.value());
  const std::int32_t port = fixed.int32(0);
  address out;
  out.host = short_text(in.value());
  in.leave();
  if (fixed.failed() || port < 1 || port > 65'535 || out.host.empty()) in.fail();
  out.port = static_cast<std::uint16_t>(port);
  return out;
}

/// The one that the member keeps for clients, where it names several: kinds are 0 for members, 1 for clients.
void read_better_address(frame_walk& in, address& out) {
  int best = 0;
  in.expect(flag::begin_structure);
  for (std::size_t i = 0; !in.take_if(flag::end_structure) && !in.failed(); ++i) {
    in.expect(flag::begin_structure);
    fixed_fields kind(in.value());
    const bool named = in.nullable().has_value();
    in.leave();
    in.expect(flag::begin_structure);
    const address each = read_address(in);
    const int rank = named ? 0 : kind.int32(0) == 1 ? 2 : kind.int32(0) == 0 ? 1 : 0;
    if (kind.failed() || i == attributes_max) in.fail();
    if (rank > best) {
      best = rank;
      out = each;
    }
  }
}

/// Begun already.
cluster_member read_member(frame_walk& in) {
  cluster_member out;
  fixed_fields fixed(in.value());
  out.id = id_at(fixed, 0);
  in.expect(flag::begin_structure);
  out.at = read_address(in);
  in.skip();  // attributes
  in.skip();  // version
  if (in.take_if(flag::end_structure)) {
    if (fixed.failed()) in.fail();
    return out;
  }
  read_better_address(in, out.at);
  in.leave();
  if (fixed.failed()) in.fail();
  return out;
}

std::vector<cluster_member> read_member_list(frame_walk& in) {
  std::vector<cluster_member> out;
  in.expect(flag::begin_structure);
  while (!in.take_if(flag::end_structure) && !in.failed()) {
    in.expect(flag::begin_structure);
    out.push_back(read_member(in));
    if (out.size() > cluster_members_max) in.fail();
  }
  return out;
}

/// A structure of lists of partitions, then their owners in the same order, packed into one frame.
void read_owner_list(frame_walk& in, partition_owners& out) {
  std::size_t partitions = 0;
  in.expect(flag::begin_structure);
  while (!in.take_if(flag::end_structure) && !in.failed()) {
    const std::string_view packed = in.value();
    std::vector<std::int32_t>& list = out.of.emplace_back().second;
    partitions += packed.size() / sizeof(std::int32_t);
    if (partitions > partition_count_max || out.of.size() > cluster_members_max) return in.fail();
    for (std::size_t at = 0; at + sizeof(std::int32_t) <= packed.size(); at += sizeof(std::int32_t))
      list.push_back(load_little<std::int32_t>(packed.data() + at));
  }
  fixed_fields owners(in.value());
  for (std::size_t i = 0; i < out.of.size(); ++i) out.of[i].first = id_at(owners, i * uuid_size);
  if (owners.failed()) in.fail();
}

}  // namespace

std::string to_text(const address& where) {
  const bool v6 = where.host.find(':') != std::string::npos;
  return (v6 ? '[' + where.host + ']' : where.host) + ':' + std::to_string(where.port);
}

bool is_passing(std::int32_t code) {
  // Caller or target no member (yet), member left, partition migrating, the two that say so in their names,
  // wrong target, target not replicated yet, and the cluster's version changing.
  constexpr std::array passing = {8, 19, 33, 39, 46, 47, 53, 62, 82, 90};
  return std::ranges::find(passing, code) != passing.end();
}

result<authentication_answer> read_authentication(message from) {
  frame_walk in(from.bytes());
  fixed_fields fixed(in.next().content);
  authentication_answer out;
  const std::uint8_t status = fixed.byte(answer_fields);
  if (status > 3) return errc::bad_message;
  out.status = static_cast<authentication_status>(status);
  if (out.status != authentication_status::authenticated) return when_good(in, fixed, std::move(out));
  out.member = id_at(fixed, 14);
  const std::uint8_t serialization = fixed.byte(31);
  out.partition_count = fixed.int32(32);
  out.cluster = id_at(fixed, 36);
  in.skip();  // its address: we have one that led there
  out.version = short_text(in.value());
  if (serialization != 1) out.status = authentication_status::other_serialization;
  if (out.partition_count < 1 || out.partition_count > partition_count_max) in.fail();
  return when_good(in, fixed, std::move(out));
}

result<error_answer> read_error(message from) {
  frame_walk in(from.bytes());
  (void)in.next();
  in.expect(flag::begin_structure);
  in.expect(flag::begin_structure);
  fixed_fields fixed(in.value());
  error_answer out;
  out.code = fixed.int32(0);
  out.type = short_text(in.value());
  out.text = short_text(in.nullable().value_or(""));
  return when_good(in, fixed, std::move(out));
}

result<members_view> read_members(message from) {
  frame_walk in(from.bytes());
  fixed_fields fixed(in.next().content);
  members_view out;
  out.version = fixed.int32(event_fields);
  out.all = read_member_list(in);
  return when_good(in, fixed, std::move(out));
}

result<partition_owners> read_partitions(message from) {
  frame_walk in(from.bytes());
  fixed_fields fixed(in.next().content);
  partition_owners out;
  out.version = fixed.int32(event_fields);
  read_owner_list(in, out);
  return when_good(in, fixed, std::move(out));
}

result<entry_event> read_entry_event(message from) {
  frame_walk in(from.bytes());
  fixed_fields fixed(in.next().content);
  entry_event out;
  out.kind = fixed.int32(event_fields);
  out.key = in.nullable();
  out.value = in.nullable();
  out.old_value = in.nullable();
  return when_good(in, fixed, std::move(out));
}

result<std::optional<std::string_view>> read_value(message from) {
  frame_walk in(from.bytes());
  (void)in.next();
  const auto out = in.nullable();
  if (in.failed()) return errc::bad_message;
  return out;
}

result<bool> read_flag(message from) {
  frame_walk in(from.bytes());
  fixed_fields fixed(in.next().content);
  const bool out = fixed.byte(answer_fields) != 0;
  if (fixed.failed()) return errc::bad_message;
  return out;
}

result<entry_list> read_entries(message from) {
  frame_walk in(from.bytes());
  (void)in.next();
  entry_list out;
  in.expect(flag::begin_structure);
  while (!in.take_if(flag::end_structure) && !in.failed()) {
    const std::string_view key = in.value();
    out.emplace_back(key, in.value());
  }
  if (in.failed()) return errc::bad_message;
  return out;
}

}  // namespace blotter::hazelcast
