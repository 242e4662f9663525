#include "serve/member_json.hpp"

#include "base/json_text.hpp"
#include "directory/partition_text.hpp"
#include "sse/events.hpp"

namespace blotter::serve {

void append_field(std::string& json, std::string_view name, std::string_view text) {
  json.append(json.back() == '{' ? "\"" : ",\"").append(name).append("\":");
  append_json_string(json, text);
}

void append_field(std::string& json, std::string_view name, std::uint64_t number) {
  json.append(json.back() == '{' ? "\"" : ",\"").append(name).append("\":");
  sse::append_number(json, static_cast<std::int64_t>(number));
}

void append_member(std::string& json, const directory::member& one) {
  json.push_back('{');
  append_field(json, "id", one.id.text());
  append_field(json, "address", one.address);
  append_field(json, "stage", directory::to_text(one.stage));
  json.append(",\"roles\":[");
  for (const directory::role each : one.roles) {
    if (json.back() != '[') json.push_back(',');
    append_json_string(json, directory::to_text(each));
  }
  json.push_back(']');
  append_field(json, "started", static_cast<std::uint64_t>(one.started.time_since_epoch().count()));
  append_field(json, "report", one.load.number);
  append_field(json, "viewers", one.load.viewers);
  append_field(json, "rows_per_second", static_cast<std::uint64_t>(one.load.rows_per_second));
  append_field(json, "busy_percent", static_cast<std::uint64_t>(one.load.busy * 100));
  append_field(json, "flush_delay_ms", static_cast<std::uint64_t>(one.load.flush_delay.count()));
  append_field(json, "memory_bytes", one.load.memory);
  append_field(json, "room", to_text(one.load.room));
  if (!one.topic.empty()) append_field(json, "topic", one.topic);
  if (one.feed.generation != 0) {
    append_field(json, "link", one.link_address);
    append_field(json, "partitions", one.feed.partitions);
    append_field(json, "held", directory::to_text(one.feed.held));
    append_field(json, "caught_up", directory::to_text(one.feed.caught_up));
  }
  json.push_back('}');
}

std::string begin_cluster(std::span<const directory::member> members) {
  std::string json = "{\"members\":[";
  for (const directory::member& each : members) {
    if (json.back() != '[') json.push_back(',');
    append_member(json, each);
  }
  return json.append("]");
}

}  // namespace blotter::serve
