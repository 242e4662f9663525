#include "hazelcast/record_map.hpp"

#include <utility>
#include <vector>

#include "hazelcast/errc.hpp"
#include "hazelcast/value.hpp"

namespace blotter::hazelcast {

using directory::map_call;
using directory::member_id;

namespace {

/// Empty for what is neither a text nor JSON: no id, and no record.
std::string_view text_of(std::string_view serialized) {
  const auto read = deserialize(serialized);
  return read ? read->text : std::string_view();
}

}  // namespace

std::int32_t record_map::partition(std::string_view key) const {
  return partition_of(key, client_->view().partition_count());
}

bool record_map::put(map_call which, const member_id& key, const std::string& record, milliseconds life,
                     instant now) {
  const std::string k = serialize_text(key.text());
  const auto then = [this, which](result<message> answer, instant at) {
    put_answered(which, std::move(answer), at);
  };
  const request what = map_put(name_, k, serialize_json(record), life, partition(k));
  return client_->call(what, repeat::yes, now, then).has_value();
}

bool record_map::remove_if_same(map_call which, const member_id& key, const std::string& record,
                                instant now) {
  const std::string k = serialize_text(key.text());
  const auto then = [this, which](result<message> answer, instant at) {
    remove_answered(which, std::move(answer), at);
  };
  const request what = map_remove_if_same(name_, k, serialize_json(record), partition(k));
  return client_->call(what, repeat::yes, now, then).has_value();
}

bool record_map::read_all(map_call which, instant now) {
  const auto then = [this, which](result<message> answer, instant at) {
    read_answered(which, std::move(answer), at);
  };
  return client_->call(map_entries(name_), repeat::yes, now, then).has_value();
}

void record_map::put_answered(map_call which, result<message> answer, instant now) {
  if (!answer) return fail(which, answer.error(), now);
  const auto before = read_value(*answer);
  if (before && *before) return user_.wrote(which, text_of(**before), now);
  user_.wrote(which, std::nullopt, now);
}

void record_map::remove_answered(map_call which, result<message> answer, instant now) {
  const auto gone = answer ? read_flag(*answer) : result<bool>(false);
  user_.removed_if_same(which, gone && *gone, now);
}

void record_map::read_answered(map_call which, result<message> answer, instant now) {
  const auto entries = answer ? read_entries(*answer) : result<entry_list>(answer.error());
  if (!entries) return fail(which, entries.error(), now);
  std::vector<directory::member_map_user::stored> all;
  for (const auto& [key, value] : *entries) all.push_back({text_of(key), text_of(value)});
  user_.all_read(which, all, now);
}

void record_map::fail(map_call which, error_code why, instant now) {
  if (why != errc::refused_call) return user_.failed(which, why.message(), now);
  const error_answer& said = client_->last_refusal();
  user_.failed(which, "a member refuses: " + said.type + " " + said.text, now);
}

void record_map::client_away(error_code why, const address& where, instant now) {
  user_.away(to_text(where) + ": " + why.message(), now);
}

void record_map::entry_changed(const entry_event& what, instant now) {
  if (!what.key) return user_.shaken(now);  // all are gone: those that live write again within a second
  const std::string_view key = text_of(*what.key);
  switch (what.kind) {
    case entry_event_kind::added:
    case entry_event_kind::updated:
    case entry_event_kind::merged:
      return user_.entry_written({key, text_of(what.value.value_or(""))}, now);
    case entry_event_kind::removed:
      return user_.entry_removed(key, now);
    default:  // evicted or expired
      return user_.entry_lost(key, now);
  }
}

}  // namespace blotter::hazelcast
