#include "sim/eyes.hpp"

#include <utility>

#include "sim/oracle.hpp"
#include "sim/proof.hpp"

namespace blotter::sim {

eyes::eyes(context& all, oracle& log, std::uint32_t client)
    : all_(all), log_(log), client_(client), rows_(all.life.keys) {}

void eyes::broken(promise which, std::string text) {
  all_.fail(which, "viewer of " + client_name(client_) + ": " + text);
}

void eyes::opened(bool bookmark, std::chrono::seconds beat) {
  ++connection_;
  // What came after the bookmark comes again, whatever ids come first.
  for (seen_row& each : rows_)
    if (each.event > id_event_) each.event = never_covered;
  opened_with_bookmark_ = bookmark;
  id_came_ = false;
  beat_s_ = beat.count();
  hello_ = live_ = false;
  told_current_ = true;
  bye_.clear();
  reset_awaited_.clear();
}

void eyes::forget_rows() {
  rows_.assign(rows_.size(), {});
  followed_ = 0;
  honest_ = true;
  live_ = false;
}

void eyes::forget_all() {
  forget_rows();
  id_.clear();
}

void eyes::come_back_as(const eyes& then) {
  rows_ = then.rows_;
  id_ = then.id_;
  honest_ = then.honest_;
  id_event_ = then.id_event_;
  followed_ = 0;
  from_elsewhere_ = true;
}

void eyes::see(const stream_event& event, delivery how) {
  prompt_ = how == delivery::prompt;
  ++event_;
  if (event.name == "hello")
    hello(event);
  else if (event.name == "reset")
    reset(event);
  else if (event.name == "rows")
    rows(event);
  else if (event.name == "live")
    live(event);
  else if (event.name == "beat")
    beat(event);
  else if (event.name == "status")
    status(event);
  else if (event.name == "moving")
    moving(event);
  else if (event.name == "bye")
    bye_ = text_member(event.data, "reason").value_or("");
  else
    broken(promise::protocol, "an event that there is not: " + event.name);
  if (!event.id && (event.name == "rows" || event.name == "live"))
    broken(promise::protocol, event.name + " without an id");
  if (!event.id) return;
  id_came_ = true;
  id_ = *event.id;
  id_event_ = event_;
  if (id_.empty() != (event.name == "reset") || id_.size() > 4096)
    broken(promise::protocol, "an id of a size that there is not");
}

void eyes::see_answer(const std::string& json, delivery how) {
  ++event_;
  hello_ = true;
  const std::string state = text_member(json, "state").value_or("");
  const auto at = json.find("\"rows\":");
  if (text_member(json, "client") != client_name(client_))
    return broken(promise::isolation, "an answer for another client: " + json);
  if ((state != "current" && state != "stale") || at == json.npos || !json.ends_with("}\n"))
    return broken(promise::protocol, "an answer: " + json);
  const std::string all = json.substr(at + 7, json.size() - at - 9);
  if (all != "[]") rows({"rows", all, {}});
  for (const seen_row& each : rows_)
    if (each.deleted) broken(promise::protocol, "a deleted row in an answer: " + json);
  prove({"answer", json.substr(0, at), {}});
  id_ = text_member(json, "bookmark").value_or("");
  id_event_ = event_;
  if (id_.empty()) broken(promise::protocol, "an answer without a bookmark: " + json);
  told_current_ = state == "current";
  if (told_current_ && how == delivery::prompt) log_.check_fresh(*this, "in an answer");
}

/// Another node goes on with the stream, as if the viewer had come back with the last id that it was sent; or
/// with the one that it brought. What it was told of freshness holds.
void eyes::carried_on() {
  const bool told_current = told_current_;
  opened(id_came_ ? !id_.empty() : opened_with_bookmark_, std::chrono::seconds(beat_s_));
  told_current_ = told_current;
}

void eyes::hello(const stream_event& event) {
  if (hello_ && (itself_ || all_.life.gateways == 0)) broken(promise::protocol, "a second hello");
  if (hello_) carried_on();
  hello_ = true;
  const bool resumed = event.data.find("\"resumed\":true") != std::string::npos;
  const std::string reason = text_member(event.data, "reason").value_or("");
  if (number_member(event.data, "beat") != beat_s_) broken(promise::protocol, "another beat: " + event.data);
  if (!number_member(event.data, "time")) broken(promise::protocol, "hello without time: " + event.data);
  if (resumed != reason.empty()) broken(promise::protocol, "resumed or not: " + event.data);
  if (resumed && !opened_with_bookmark_) broken(promise::resume, "resumed without a bookmark");
  if (!resumed && (reason == "new") == opened_with_bookmark_) broken(promise::resume, "hello: " + event.data);
  if (!resumed && opened_with_bookmark_) reset_awaited_ = reason;
  all_.seen.sometimes(situation::resumed, resumed);
}

void eyes::reset(const stream_event& event) {
  const std::string reason = text_member(event.data, "reason").value_or("");
  if (!hello_) broken(promise::protocol, "reset before hello");
  if (!reset_awaited_.empty() && reset_awaited_ != reason)
    broken(promise::protocol, "reset for " + reason + " after hello said " + reset_awaited_);
  all_.seen.sometimes(situation::resume_across_a_reset, !reset_awaited_.empty() && honest_);
  reset_awaited_.clear();
  ++resets_;
  all_.seen.sometimes(situation::reset_generation, reason == "generation");
  all_.seen.sometimes(situation::reset_horizon, reason == "horizon");
  all_.seen.sometimes(situation::reset_future, reason == "future");
  all_.seen.sometimes(situation::reset_malformed, reason == "malformed");
  all_.seen.sometimes(situation::reset_behind, reason == "behind");
  const bool forgotten = reason == "behind" || reason == "horizon";  // where few deletes are remembered
  // The node of an answer may have been told of the feed's progress a moment before this one was.
  const bool ahead = reason == "future" && std::exchange(from_elsewhere_, false);
  if (all_.life.calm() && !forgotten && !ahead && honest_)
    broken(promise::resume, "a reset for " + reason + " in a life without faults");
  if (all_.undisturbed && !forgotten && !ahead && honest_)
    broken(promise::membership, "a reset for " + reason + ", and only the directory fails");
  if (honest_ && !log_.justifies_reset(reason))
    broken(promise::resume, "a reset for " + reason + ", which cannot be: " + event.data);
  forget_all();  // an id without its rows is worth nothing
}

void eyes::rows(const stream_event& event) {
  if (!hello_) broken(promise::protocol, "rows before hello");
  if (!reset_awaited_.empty())
    broken(promise::resume, "rows, where a reset for " + reset_awaited_ + " was due");
  std::vector<told_row> told;
  if (!read_rows(event.data, told))
    return broken(promise::protocol, "rows that can not be read: " + event.data);
  for (const told_row& each : told) row(each);
}

/// The number of the record that the row is told from; -1 when there is none.
std::int64_t eyes::record_of(const told_row& told, std::size_t key) {
  const table::position at{told.partition, told.offset};
  if (told.deleted) return log_.delete_at(at, client_, static_cast<std::uint32_t>(key), rows_[key].number);
  if (text_member(told.value, "c") != client_name(client_)) {
    broken(promise::isolation, "a row of another client: " + told.value);
    return -1;
  }
  const auto number = number_member(told.value, "n");
  const record* origin = number ? log_.numbered(*number) : nullptr;
  if (!origin || origin->client != client_ || origin->key != key || origin->deleted || origin->at != at)
    return -1;
  if (told.value != value_text(*origin, all_.life.value_bytes)) return -1;
  return *number;
}

void eyes::row(const told_row& told) {
  const std::size_t key = log_.key_named(told.key);
  const std::int64_t number = key < rows_.size() ? record_of(told, key) : -1;
  if (number < 0)
    return broken(promise::authenticity, "no record of the log: " + told.key + " " + told.value + " at " +
                                             std::to_string(told.partition) + "," +
                                             std::to_string(told.offset) + (told.deleted ? " deleted" : ""));
  seen_row& mine = rows_[key];
  // Nothing to delete, and no telling which of them it is.
  if (told.deleted && mine.number < 0 && log_.deleted_in_several({told.partition, told.offset})) return;
  if (mine.number >= 0 && honest_) check_order(told, mine, number);
  all_.seen.sometimes(situation::delete_seen, told.deleted && mine.number >= 0 && !mine.deleted);
  all_.seen.sometimes(situation::row_came_back_after_delete, !told.deleted && mine.deleted);
  all_.seen.sometimes(situation::snapshot_while_rows_change,
                      !live_ && log_.numbered(number)->appended > all_.time.now() - milliseconds(100));
  mine = {number, {told.partition, told.offset}, told.deleted, event_, connection_};
}

void eyes::check_order(const told_row& told, const seen_row& old, std::int64_t number) {
  const std::string text = told.key + " from record " + std::to_string(old.number) +
                           (old.deleted ? " (deleted)" : "") + " to " + std::to_string(number) +
                           (told.deleted ? " (deleted)" : "");
  if (number < old.number)
    broken(old.deleted && !told.deleted ? promise::deletes : promise::monotonic, "a row went back: " + text);
  if (number == old.number && old.connection == connection_)
    broken(promise::resume, "a row was sent twice: " + text);
  if (number == old.number && old.event <= id_event_)
    broken(promise::resume, "a row that its bookmark covers was sent again: " + text);
}

void eyes::status(const stream_event& event) {
  const std::string state = text_member(event.data, "state").value_or("");
  if (state != "current" && state != "stale") return broken(promise::protocol, "status: " + event.data);
  const bool current = state == "current";
  all_.seen.sometimes(situation::current_again, current && !told_current_);
  const std::string reason = text_member(event.data, "reason").value_or("");
  all_.seen.sometimes(situation::stale_by_feed, reason == "feed");
  all_.seen.sometimes(situation::stale_by_router, reason == "router");
  all_.seen.sometimes(situation::stale_by_loading, reason == "loading");
  all_.seen.sometimes(situation::stale_by_node, reason == "node");
  // Where deletes are forgotten a router may have to begin a client's rows anew: those are loaded then.
  const bool loads_anew = reason == "loading" && log_.justifies_reset("horizon");
  // Nor is it the directory when a node says that it is late with rows, and it is.
  const auto missing = log_.missing_since(*this);
  const bool late = reason == "node" && missing && all_.time.now() - *missing > milliseconds(500);
  if (all_.undisturbed && live_ && !current && !loads_anew && !late)
    broken(promise::membership, "disturbed, and only the directory fails: " + event.data);
  told_current_ = current;
  if (current && live_ && prompt_) log_.check_fresh(*this, "when it was told that it is current");
}

void eyes::live(const stream_event& event) {
  if (!hello_) broken(promise::protocol, "live before hello");
  if (!reset_awaited_.empty())
    broken(promise::resume, "live, where a reset for " + reset_awaited_ + " was due");
  if (live_) broken(promise::protocol, "live twice");
  live_ = was_live_ = true;
  from_elsewhere_ = false;
  all_.seen.sometimes(situation::snapshot_sent);
  prove(event);
  if (told_current_ && prompt_) log_.check_fresh(*this, "when it was told that it has everything");
}

void eyes::beat(const stream_event& event) {
  if (!number_member(event.data, "time") || !number_member(event.data, "lag"))
    broken(promise::protocol, "beat: " + event.data);
  if (number_member(event.data, "count")) prove(event);
}

void eyes::moving(const stream_event& event) {
  if (!itself_) broken(promise::protocol, "asked to move, and a gateway carries it");
  if (!live_ || !event.id) broken(promise::protocol, "moving without an id, or before live");
  if (text_member(event.data, "reason") != "drain") broken(promise::protocol, "moving: " + event.data);
}

void eyes::prove(const stream_event& event) {
  if (!honest_) return;
  proof mine;
  for (std::size_t key = 0; key < rows_.size(); ++key)
    if (rows_[key].number >= 0 && !rows_[key].deleted)
      mine.add(key_name(static_cast<std::uint32_t>(key), all_.life.odd_keys > 0), rows_[key].at);
  if (number_member(event.data, "count") == mine.count() &&
      text_member(event.data, "checksum") == mine.checksum())
    return;
  broken(promise::proof, event.name + " says " + event.data + ", but the viewer has " +
                             std::to_string(mine.count()) + " rows with " + mine.checksum());
}

}  // namespace blotter::sim
