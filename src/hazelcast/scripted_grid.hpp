#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hazelcast/client.hpp"
#include "hazelcast/errc.hpp"
#include "hazelcast/scripted.hpp"
#include "hazelcast/value.hpp"

namespace blotter::hazelcast::scripted {

/// A grid of one member, whose maps all have the same entries, and tell the last listener of each client. It
/// forgets nothing by time. Any number of clients, all served by `run`.
class grid {
 public:
  /// A client's connections.
  class end final : public wires {
   public:
    explicit end(grid& of) : of_(of) {}
    void attach(client& who) { client_ = &who; }
    void dial(wire_id which, const address&) override { of_.queue_.push_back({this, which, {}}); }
    void send(wire_id which, std::string bytes) override {
      if (bytes != protocol_preamble && open.contains(which))
        of_.queue_.push_back({this, which, std::move(bytes)});
    }
    void hang_up(wire_id which) override { open.erase(which); }

    client* client_ = nullptr;
    std::set<wire_id> open;
    std::int64_t listens = 0;

   private:
    grid& of_;
  };

  /// Everything that was asked is answered, unless the grid is away or mute.
  void run(instant now) {
    now_ = now;
    while (!queue_.empty()) {
      const auto next = std::move(queue_.front());
      queue_.pop_front();
      if (next.bytes.empty())
        open(*next.who, next.wire);
      else if (!mute && next.who->open.contains(next.wire))
        serve(*next.who, next.wire, next.bytes);
    }
  }

  void go_away() {
    up = false;
    entries.clear();
    for (end* each : ends) {
      for (const wire_id wire : std::exchange(each->open, {}))
        each->client_->lost(wire, errc::connection_lost, now_);
      each->listens = 0;
    }
  }

  /// By nobody of ours.
  void write(const std::string& key, const std::string& json) {
    const std::string k = serialize_text(key);
    entries[k] = serialize_json(json);
    tell(entry_event_kind::updated, k, entries[k]);
  }
  void lose(const std::string& key, std::int32_t how) {
    entries.erase(serialize_text(key));
    tell(how, serialize_text(key), std::nullopt);
  }

  bool up = true;
  bool mute = false;
  std::int32_t refusal = 0;  // the error that a put is answered with
  uuid cluster{7, 7};
  std::map<std::string, std::string> entries;  // serialized
  std::vector<end*> ends;
  int puts = 0;

 private:
  struct delivery {
    end* who;
    wire_id wire;
    std::string bytes;  // empty: dialed
  };

  void open(end& who, wire_id wire) {
    if (!up) return who.client_->lost(wire, errc::connection_lost, now_);
    who.open.insert(wire);
    who.client_->connected(wire, now_);
  }

  void serve(end& who, wire_id wire, const std::string& bytes) {
    message_splitter in;
    in.take(bytes);
    const message asked = *in.next().value();
    who.client_->received(wire, answer(who, asked), now_);
  }

  std::string answer(end& who, message asked) {
    const std::int64_t id = asked.correlation();
    frame_walk in(asked.bytes());
    (void)in.next();
    switch (asked.type()) {
      case 0x000100:
        return taken(id, {1, 1}, cluster, 11);
      case 0x011900:
        who.listens = id;
        break;
      case 0x010100: {
        ++puts;
        if (refusal != 0) return error(id, refusal);
        (void)in.value();
        const std::string key(in.value()), value(in.value());
        const auto before = entries.find(key);
        const std::string old = before == entries.end() ? std::string() : before->second;
        entries[key] = value;
        tell(old.empty() ? entry_event_kind::added : entry_event_kind::updated, key, value);
        return value_answer(id, old);
      }
      case 0x010500: {
        (void)in.value();
        const std::string key(in.value()), expected(in.value()), value(in.value());
        const bool same = entries.contains(key) && entries[key] == expected;
        if (same) entries[key] = value;
        if (same) tell(entry_event_kind::updated, key, value);
        return head(asked.type() + 1, id, std::string(1, '\0') + (same ? '\1' : '\0'), flag::final_frame);
      }
      case 0x010E00: {
        (void)in.value();
        const std::string key(in.value()), value(in.value());
        const auto [at, is_new] = entries.try_emplace(key, value);
        if (is_new) tell(entry_event_kind::added, key, value);
        return value_answer(id, is_new ? std::string() : at->second, asked.type() + 1);
      }
      case 0x010800: {
        (void)in.value();
        const std::string key(in.value()), expected(in.value());
        const bool same = entries.contains(key) && entries[key] == expected;
        if (same) entries.erase(key);
        if (same) tell(entry_event_kind::removed, key, std::nullopt);
        return head(asked.type() + 1, id, std::string(1, '\0') + (same ? '\1' : '\0'), flag::final_frame);
      }
      case 0x012500:
        return all_entries(id);
      default:
        break;
    }
    return plain_answer(asked.type() + 1, id);
  }

  static std::string value_answer(std::int64_t id, const std::string& old, std::int32_t type = 0x010101) {
    return head(type, id, std::string(1, '\0')) + (old.empty()
                                                       ? a_frame(flag::null_value | flag::final_frame, "")
                                                       : a_frame(flag::final_frame, old));
  }
  std::string all_entries(std::int64_t id) const {
    std::string out = head(0x012501, id, std::string(1, '\0')) + begin;
    for (const auto& [key, value] : entries) out += a_frame(0, key) + a_frame(0, value);
    return out + last_end;
  }
  void tell(std::int32_t kind, const std::string& key, const std::optional<std::string>& value) {
    for (end* each : ends) {
      if (each->listens == 0 || each->open.empty()) continue;
      std::string fields = event_fields(kind) + id_bytes({1, 1});
      append_little(fields, std::int32_t{1});
      each->client_->received(*each->open.begin(),
                              head(0x011902, each->listens, fields, flag::event) + a_frame(0, key) +
                                  (value ? a_frame(0, *value) : null_frame) + null_frame +
                                  a_frame(flag::null_value | flag::final_frame, ""),
                              now_);
    }
  }

  std::deque<delivery> queue_;
  instant now_{};
};

}  // namespace blotter::hazelcast::scripted
