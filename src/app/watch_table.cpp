#include "app/watch_table.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace blotter::app {
namespace {

namespace json = simdjson::ondemand;

class watch_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "watch"; }
  std::string message(int code) const override {
    switch (static_cast<watch_errc>(code)) {
      case watch_errc::malformed:
        return "the server sent an event that cannot be understood";
      case watch_errc::too_many_rows:
        return "the server sent more rows than are kept here";
    }
    return "unknown";
  }
};

constexpr std::array<std::string_view, 8> known_events = {"rows", "beat",   "hello",  "reset",
                                                          "live", "status", "moving", "bye"};

struct change {
  std::string_view key;
  table::position version;
  std::string_view json;  ///< empty: deleted
};

}  // namespace

error_code make_error_code(watch_errc code) {
  static const watch_category category;
  return {static_cast<int>(code), category};
}

/// Takes events apart. simdjson's exceptions stay within `read`: each event is read whole before the table
/// changes.
struct watch_table::reader {
  watch_table& into;
  std::string_view bookmark;  ///< of the event, if it has one

  outcome read(std::string_view name, json::document& doc) {
    if (name == "rows") return rows(doc);
    if (name == "hello") return hello(doc);
    if (name == "reset") return reset(doc);
    if (name == "live" || name == "beat") return proven(name == "live", doc);
    if (name == "status") return status(doc);
    if (name == "moving") return outcome::moving;
    return bye(doc);
  }

  outcome hello(json::document& doc) {
    std::string member;
    bool resumed = false;
    double beat = 5;
    for (json::field field : doc.get_object()) {
      const std::string_view key = field.unescaped_key();
      if (key == "member") member = std::string_view(field.value().get_string());
      if (key == "resumed") resumed = field.value().get_bool();
      if (key == "beat") beat = field.value().get_double();
    }
    into.member_ = std::move(member);
    into.beat_ = milliseconds(static_cast<std::int64_t>(std::min(std::max(beat, 0.01), 3600.0) * 1000));
    into.told_stale_ = into.caught_up_ = false;
    into.judge();
    if (resumed) return outcome::nothing;
    into.forget();
    return outcome::forgotten;
  }

  outcome reset(json::document& doc) {
    [[maybe_unused]] const json::object reason = doc.get_object();
    into.forget();
    into.caught_up_ = false;
    into.judge();
    return outcome::forgotten;
  }

  static table::position version_of(json::value value) {
    std::array<std::int64_t, 2> parts{-1, -1};
    std::size_t count = 0;
    for (const std::int64_t part : value.get_array()) {
      if (count < parts.size()) parts[count] = part;
      ++count;
    }
    if (count != 2 || parts[0] < 0 || parts[0] > table::partition_max || parts[1] < 0) {
      throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
    }
    return {static_cast<table::partition_id>(parts[0]), parts[1]};
  }

  static change change_of(json::object object) {
    change out;
    bool has_key = false, has_version = false, deleted = false;
    for (json::field field : object) {
      const std::string_view name = field.unescaped_key();
      if (name == "key") {
        out.key = field.value().get_string();
        has_key = true;
      } else if (name == "v") {
        out.version = version_of(field.value());
        has_version = true;
      } else if (name == "row") {
        out.json = field.value().get_object().value().raw_json();
      } else if (name == "deleted") {
        deleted = field.value().get_bool();
      }
    }
    if (!has_key || !has_version || deleted != out.json.empty()) {
      throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
    }
    return out;
  }

  outcome rows(json::document& doc) {
    std::vector<change> changes;
    for (json::value one : doc.get_array()) changes.push_back(change_of(one.get_object()));
    for (const change& one : changes) {
      one.json.empty() ? into.erase(one.key) : into.put(one.key, one.version, one.json);
    }
    into.changes_ += changes.size();
    return outcome::rows;
  }

  outcome proven(bool live, json::document& doc) {
    std::optional<std::uint64_t> count;
    std::optional<std::string_view> checksum;
    for (json::field field : doc.get_object()) {
      const std::string_view key = field.unescaped_key();
      if (key == "count") count = std::uint64_t(field.value().get_uint64());
      if (key == "checksum") checksum = std::string_view(field.value().get_string());
    }
    into.caught_up_ = into.caught_up_ || live;
    into.judge();
    into.prove(count, checksum);
    return outcome::proof;
  }

  outcome status(json::document& doc) {
    std::string_view told;
    std::string reason, text;
    for (json::field field : doc.get_object()) {
      const std::string_view key = field.unescaped_key();
      if (key == "state") told = field.value().get_string();
      if (key == "reason") reason = std::string_view(field.value().get_string());
      if (key == "text") text = std::string_view(field.value().get_string());
    }
    if (told != "stale" && told != "current") throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
    into.told_stale_ = told == "stale";
    into.told_reason_ = reason + (text.empty() ? "" : ": " + text);
    into.judge();
    return outcome::status;
  }

  outcome bye(json::document& doc) {
    goodbye told;
    for (json::field field : doc.get_object()) {
      const std::string_view key = field.unescaped_key();
      if (key == "code") told.code = field.value().get_int64();
      if (key == "reason") told.reason = std::string_view(field.value().get_string());
      if (key == "reconnect") told.reconnect = field.value().get_bool();
    }
    into.bye_ = std::move(told);
    return outcome::bye;
  }
};

watch_table::watch_table(std::string bookmark)
    : bookmark_(std::move(bookmark)), partial_(!bookmark_.empty()) {}

result<watch_table::outcome> watch_table::apply(const http::stream_event& event) {
  const bool known = std::find(known_events.begin(), known_events.end(), event.name) != known_events.end();
  if (!known) {
    if (event.has_id) bookmark_ = event.id;
    return outcome::nothing;
  }
  try {
    thread_local json::parser parser;
    const simdjson::padded_string text(event.data);
    json::document doc = parser.iterate(text);
    const outcome what = reader{*this, event.id}.read(event.name, doc);
    if (event.has_id) bookmark_ = event.id;
    if (rows_.size() > rows_max) return watch_errc::too_many_rows;
    return what;
  } catch (const simdjson::simdjson_error&) {
    return watch_errc::malformed;
  }
}

void watch_table::disconnected(std::string reason) {
  caught_up_ = told_stale_ = false;
  state_ = rows_.empty() ? state::waiting : state::stale;
  reason_ = std::move(reason);
}

void watch_table::start_over() {
  forget();
  bookmark_.clear();
}

void watch_table::judge() {
  state_ = told_stale_ ? state::stale : caught_up_ ? state::live : state::waiting;
  reason_ = told_stale_ ? told_reason_ : caught_up_ ? "" : "loading";
}

void watch_table::forget() {
  rows_.clear();
  sum_ = {};
  partial_ = false;
  proof_ = proof::none;
}

void watch_table::put(std::string_view key, table::position version, std::string_view json) {
  const table::key_hash hash(key);
  sum_.add(hash, version);
  const auto found = rows_.find(key);
  if (found == rows_.end()) {
    rows_.emplace(key, row{version, std::string(json)});
    return;
  }
  sum_.remove(hash, found->second.version);
  found->second = {version, std::string(json)};
}

void watch_table::erase(std::string_view key) {
  const auto found = rows_.find(key);
  if (found == rows_.end()) return;
  sum_.remove(table::key_hash(key), found->second.version);
  rows_.erase(found);
}

void watch_table::prove(std::optional<std::uint64_t> count, std::optional<std::string_view> told) {
  if (!count || !told) return;
  proven_checksum_ = checksum();
  const bool equal = *count == rows_.size() && *told == proven_checksum_;
  proof_ = partial_ ? proof::impossible : equal ? proof::verified : proof::wrong;
}

bool watch_table::whole() const {
  return state_ == state::live && proof_ == proof::verified && proven_checksum_ == checksum();
}

std::string watch_table::checksum() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += digits[(sum_.value() >> shift) & 15];
  return out;
}

}  // namespace blotter::app
