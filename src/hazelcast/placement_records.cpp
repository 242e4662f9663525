#include "hazelcast/placement_records.hpp"

#include <optional>

namespace blotter::hazelcast {

using directory::map_call;

namespace {

/// Empty for what is neither a text nor JSON: it names no node.
std::string_view text_of(std::string_view serialized) {
  const auto read = deserialize(serialized);
  return read ? read->text : std::string_view();
}

}  // namespace

std::int32_t placement_records::partition(std::string_view key) const {
  return partition_of(key, client_->view().partition_count());
}

bool placement_records::call(map_call which, const request& what, then done, instant now) {
  const auto answered = [this, which, done = std::move(done)](result<message> answer, instant at) {
    if (answer)
      done(*answer, at);
    else
      user_.placement_call_failed(which, at);
  };
  return client_->ready() && client_->call(what, repeat::yes, now, answered).has_value();
}

bool placement_records::put_if_absent(map_call which, const std::string& client, const std::string& record,
                                      milliseconds life, instant now) {
  const std::string k = serialize_text(client);
  const auto done = [this, which](const message& answer, instant at) {
    const auto before = read_value(answer);
    if (!before) return user_.placement_call_failed(which, at);
    user_.put_answered(which, *before ? std::optional(text_of(**before)) : std::nullopt, at);
  };
  return call(which, map_put_if_absent(name_, k, serialize_json(record), life, partition(k)), done, now);
}

bool placement_records::replace_if_same(map_call which, const std::string& client, const std::string& before,
                                        const std::string& record, instant now) {
  return replace(which, {client, before, record, value_kind::json}, now);
}

bool placement_records::replace(map_call which, const replacement& what, instant now) {
  const std::string k = serialize_text(what.client);
  const bool is_json = what.stands_as == value_kind::json;
  const std::string before = is_json ? serialize_json(what.before) : serialize_text(what.before);
  const auto done = [this, which, what](const message& answer, instant at) {
    const auto replaced = read_flag(answer);
    if (!replaced) return user_.placement_call_failed(which, at);
    if (*replaced || what.stands_as == value_kind::text) return user_.replace_answered(which, *replaced, at);
    // By hand it may have been written as a text, which would never give way.
    if (!replace(which, {what.client, what.before, what.record, value_kind::text}, at))
      user_.placement_call_failed(which, at);
  };
  return call(which, map_replace_if_same(name_, k, before, serialize_json(what.record), partition(k)), done,
              now);
}

bool placement_records::set_life(map_call which, const std::string& client, milliseconds life, instant now) {
  const std::string k = serialize_text(client);
  const auto done = [this, which](const message&, instant at) { user_.life_answered(which, at); };
  return call(which, map_set_ttl(name_, k, life, partition(k)), done, now);
}

void placement_records::entry_changed(const entry_event& what, instant) {
  if (!what.key) return user_.placements_shaken();
  switch (what.kind) {
    case entry_event_kind::added:
    case entry_event_kind::updated:
    case entry_event_kind::merged:
      return user_.placement_written(text_of(*what.key), text_of(what.value.value_or("")));
    default:
      return user_.placement_written(text_of(*what.key), std::nullopt);
  }
}

void listening_maps::client_ready(instant now) {
  first_.client_ready(now);
  second_.client_ready(now);
}

void listening_maps::client_away(error_code why, const address& where, instant now) {
  first_.client_away(why, where, now);
  second_.client_away(why, where, now);
}

void listening_maps::cluster_changed(instant now) {
  first_.cluster_changed(now);
  second_.cluster_changed(now);
}

void listening_maps::entry_changed(const entry_event& what, instant now) {
  (what.map == 0 ? first_ : second_).entry_changed(what, now);
}

}  // namespace blotter::hazelcast
