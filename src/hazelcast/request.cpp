#include "hazelcast/request.hpp"

#include <cstdio>

#include "base/check.hpp"
#include "hazelcast/bytes.hpp"
#include "hazelcast/frame.hpp"

namespace blotter::hazelcast {
namespace {

namespace type {
constexpr std::int32_t authentication = 0x000100;
constexpr std::int32_t cluster_view_listener = 0x000300;
constexpr std::int32_t create_proxy = 0x000400;
constexpr std::int32_t ping = 0x000B00;
constexpr std::int32_t trigger_partition_assignment = 0x001000;
constexpr std::int32_t map_put = 0x010100;
constexpr std::int32_t map_get = 0x010200;
constexpr std::int32_t map_remove = 0x010300;
constexpr std::int32_t map_replace_if_same = 0x010500;
constexpr std::int32_t map_remove_if_same = 0x010800;
constexpr std::int32_t map_put_if_absent = 0x010E00;
constexpr std::int32_t map_entry_listener = 0x011900;
constexpr std::int32_t map_entries = 0x012500;
constexpr std::int32_t map_set_ttl = 0x014300;
}  // namespace type

constexpr std::size_t correlation_offset = frame_head_size + 4;
constexpr std::int64_t any_thread = 1;  // matters to locks alone, which we take none of
constexpr std::uint8_t serialization_version = 1;

request of_map(std::int32_t kind, std::int32_t partition, std::string_view map) {
  request out(kind, partition);
  out.int64(any_thread).text(map);
  return out;
}

}  // namespace

std::string to_text(const uuid& id) {
  char text[37];
  const auto part = [](std::uint64_t bits) { return static_cast<unsigned long long>(bits); };
  std::snprintf(text, sizeof text, "%08llx-%04llx-%04llx-%04llx-%012llx", part(id.high >> 32),
                part((id.high >> 16) & 0xFFFF), part(id.high & 0xFFFF), part(id.low >> 48),
                part(id.low & 0xFFFF'FFFF'FFFF));
  return text;
}

request::request(std::int32_t type, std::int32_t partition) : partition_(partition) {
  begin_frame(flag::unfragmented);
  int32(type).int64(0).int32(partition);
}

std::string request::with(std::int64_t correlation) const {
  std::string out = bytes_;
  store_little(out.data() + correlation_offset, correlation);
  return out;
}

void request::begin_frame(std::uint16_t flags) {
  if (!bytes_.empty()) finish_frame();
  frame_ = bytes_.size();
  append_little<std::int32_t>(bytes_, 0);
  append_little(bytes_, flags);
}

void request::finish_frame() {
  store_little(bytes_.data() + frame_, static_cast<std::int32_t>(bytes_.size() - frame_));
}

request& request::byte(std::uint8_t number) {
  append_little(bytes_, number);
  return *this;
}

request& request::int32(std::int32_t number) {
  append_little(bytes_, number);
  return *this;
}

request& request::int64(std::int64_t number) {
  append_little(bytes_, number);
  return *this;
}

request& request::id(const uuid& which) {
  byte(0);
  append_little(bytes_, which.high);
  append_little(bytes_, which.low);
  return *this;
}

request& request::text(std::string_view value) {
  begin_frame(0);
  bytes_.append(value);
  return *this;
}

request& request::nullable(const std::optional<std::string>& value) {
  if (value) return text(*value);
  begin_frame(flag::null_value);
  return *this;
}

request& request::empty_list() {
  begin_frame(flag::begin_structure);
  begin_frame(flag::end_structure);
  return *this;
}

request& request::done() {
  finish_frame();
  const auto flags = load_little<std::uint16_t>(bytes_.data() + frame_ + 4);
  store_little(bytes_.data() + frame_ + 4, static_cast<std::uint16_t>(flags | flag::final_frame));
  return *this;
}

request authenticate(const authentication& as) {
  std::optional<std::string> user;
  std::optional<std::string> password;
  if (as.who) {
    user = as.who->user;
    password = as.who->password;
  }
  request out(type::authentication, request::no_partition);
  out.id(as.client).byte(serialization_version).byte(as.all_members ? 1 : 0).byte(0);
  out.text(as.cluster).nullable(user).nullable(password).text("CPP").text("1.0.0").text(as.client_name);
  return out.empty_list().done();
}

request ping() {
  return request(type::ping, request::no_partition).done();
}

request add_cluster_view_listener() {
  return request(type::cluster_view_listener, request::no_partition).done();
}

request trigger_partition_assignment() {
  return request(type::trigger_partition_assignment, request::no_partition).done();
}

request create_map(std::string_view name) {
  return request(type::create_proxy, request::no_partition).text(name).text("hz:impl:mapService").done();
}

request add_entry_listener(std::string_view map, bool local_only) {
  request out(type::map_entry_listener, request::no_partition);
  return out.byte(1).int32(entry_event_kind::all).byte(local_only ? 1 : 0).text(map).done();
}

request map_put(std::string_view map, std::string_view key, std::string_view value, time_to_live ttl,
                std::int32_t partition) {
  request out(type::map_put, partition);
  return out.int64(any_thread).int64(ttl.count()).text(map).text(key).text(value).done();
}

request map_put_if_absent(std::string_view map, std::string_view key, std::string_view value,
                          time_to_live ttl, std::int32_t partition) {
  request out(type::map_put_if_absent, partition);
  return out.int64(any_thread).int64(ttl.count()).text(map).text(key).text(value).done();
}

request map_replace_if_same(std::string_view map, std::string_view key, std::string_view expected,
                            std::string_view value, std::int32_t partition) {
  return of_map(type::map_replace_if_same, partition, map).text(key).text(expected).text(value).done();
}

request map_get(std::string_view map, std::string_view key, std::int32_t partition) {
  return of_map(type::map_get, partition, map).text(key).done();
}

request map_remove(std::string_view map, std::string_view key, std::int32_t partition) {
  return of_map(type::map_remove, partition, map).text(key).done();
}

request map_remove_if_same(std::string_view map, std::string_view key, std::string_view expected,
                           std::int32_t partition) {
  return of_map(type::map_remove_if_same, partition, map).text(key).text(expected).done();
}

request map_set_ttl(std::string_view map, std::string_view key, time_to_live ttl, std::int32_t partition) {
  request out(type::map_set_ttl, partition);
  return out.int64(ttl.count()).text(map).text(key).done();
}

request map_entries(std::string_view map) {
  return request(type::map_entries, request::no_partition).text(map).done();
}

}  // namespace blotter::hazelcast
