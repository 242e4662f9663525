#pragma once

#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

// What a viewer may rely on, written from docs/protocol.md and the words of the invariants alone; shares
// nothing with the product.

namespace chaos {

struct position {
  std::uint32_t partition = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const position&, const position&) = default;
};

/// The running sum of docs/protocol.md, "Checksum".
class checksum {
 public:
  void add(std::string_view key, position v) { put(key, v, 1); }
  void remove(std::string_view key, position v) { put(key, v, ~0u); }
  void clear() { a_ = c_ = 0; }
  std::string text() const {
    char out[17];
    std::snprintf(out, sizeof out, "%08x%08x", a_, c_);
    return out;
  }

 private:
  static std::uint32_t mix(std::uint32_t h) {
    h = (h ^ (h >> 16)) * 0x85EBCA6B;
    h = (h ^ (h >> 13)) * 0xC2B2AE35;
    return h ^ (h >> 16);
  }
  void put(std::string_view key, position v, std::uint32_t sign) {
    std::uint32_t h1 = 0x811C9DC5, h2 = 0x9747B28C;
    for (const char each : key) {
      const auto b = static_cast<unsigned char>(each);
      h1 = (h1 ^ b) * 0x01000193;
      h2 = (h2 ^ b) * 0x85EBCA6B;
      h2 ^= h2 >> 15;
    }
    const auto lo = static_cast<std::uint32_t>(v.offset), hi = static_cast<std::uint32_t>(v.offset >> 32);
    a_ += sign * (mix(mix(h1 ^ (v.partition * 0x9E3779B1)) ^ lo) + hi);
    c_ += sign * (mix(mix(h2 + v.partition * 0xC2B2AE3D) + lo) ^ hi);
  }
  std::uint32_t a_ = 0, c_ = 0;
};

/// One server-sent event. Views into the bytes it was read from.
struct event {
  std::string_view name, data;
  std::optional<std::string_view> id;
  std::optional<unsigned> retry_ms;
};

inline event parse(std::string_view block) {
  event found;
  while (!block.empty()) {
    const auto end = block.find('\n');
    const std::string_view line = block.substr(0, end);
    block.remove_prefix(end == std::string_view::npos ? block.size() : end + 1);
    const auto value = [&](std::size_t size) { return line.size() > size ? line.substr(size + 1) : ""; };
    if (line.starts_with("event:")) found.name = value(6);
    if (line.starts_with("data:")) found.data = value(5);
    if (line.starts_with("id:")) found.id = value(3);
    if (unsigned ms = 0; line.starts_with("retry:")) {
      const auto text = value(6);
      if (std::from_chars(text.data(), text.data() + text.size(), ms).ec == std::errc{}) found.retry_ms = ms;
    }
  }
  return found;
}

/// A row that a viewer was sent: what it had before, so that the way of every change between can be timed.
struct news {
  std::string_view key;
  std::int64_t number = -1;  ///< of the change; -1: a delete, or a row that carries none
  std::int64_t before = -1;  ///< the last one seen ever; -1: none, or a delete lies between
};

/// One viewer's table, held to the invariants at each event.
class table {
 public:
  using said = std::function<void(const char* kind, const std::string& text)>;

  /// `wrong` hears of everything that must not be; `client` is whose rows these are.
  table(std::string client, said wrong) : client_(std::move(client)), wrong_(std::move(wrong)) {}

  /// A new connection, asked for with `id()`.
  void connected() { greeted_ = live_ = false, stale_ = false; }

  void take(const event& one) {
    changes.clear();
    if (!one.data.empty()) understand(one);
    if (one.id) {
      id_ = *one.id;
    } else if (one.name == "rows" || one.name == "live" || one.name == "moving") {
      wrong_("protocol", std::string(one.name) + " without id");
    }
  }

  struct row {
    position at;
    std::int64_t number = -1;
    bool here = false;  ///< not deleted
    bool sent = false;  ///< since everything was forgotten last
    bool gap = false;   ///< deleted since `number`
  };

  const std::string& client() const { return client_; }
  const std::string& id() const { return id_; }
  bool live() const { return live_; }
  bool stale() const { return stale_; }
  const std::string& member() const { return member_; }
  const std::unordered_map<std::string, row>& rows() const { return rows_; }

  std::vector<news> changes;  ///< of the last event; the keys are views into its JSON, until the next
  std::map<std::string, unsigned> resets;  ///< by reason
  std::uint64_t verified = 0;              ///< comparisons of count and checksum
  std::uint64_t delivered = 0;             ///< rows and deletes
  unsigned stale_told = 0;

 private:
  void understand(const event& one) {
    simdjson::dom::element data;
    if (parser().parse(one.data.data(), one.data.size()).get(data)) {
      wrong_("protocol", "not JSON: " + std::string(one.data.substr(0, 200)));
      return;
    }
    try {
      if (one.name == "hello") hello(data);
      if (one.name == "reset") reset(std::string(std::string_view(data["reason"])));
      if (one.name == "rows") rows(data);
      if (one.name == "live") live(data);
      if (one.name == "beat") beat(data);
      if (one.name == "status") status(data);
    } catch (const simdjson::simdjson_error& broken) {
      wrong_("protocol", std::string(broken.what()) + ": " + std::string(one.data.substr(0, 200)));
    }
  }

  void hello(const simdjson::dom::element& data) {
    member_ = std::string_view(data["member"]);
    greeted_ = true;
    live_ = awaiting_reset_ = false;
    if (bool(data["resumed"])) {
      if (id_.empty()) wrong_("resume", "resumed without a bookmark");
      return;
    }
    const std::string_view reason = data["reason"];
    awaiting_reset_ = reason != "new";
    if (awaiting_reset_) return;
    if (!id_.empty()) wrong_("resume", "taken for new, though it came with a bookmark");
    forget();
  }

  void reset(const std::string& reason) {
    ++resets[reason];
    // The topic is never made anew here, ids come back as they were given, and the feed loses nothing.
    if (!std::set<std::string>{"horizon", "behind", "node"}.contains(reason))
      wrong_("reset", "reset with reason '" + reason + "'");
    awaiting_reset_ = false;
    forget();
  }

  /// What was seen stays known: not even a whole new table may be older.
  void forget() {
    for (auto& [key, each] : rows_) each.here = each.sent = false;
    sum_.clear();
    count_ = 0;
    live_ = false;
  }

  void rows(const simdjson::dom::element& data) {
    if (!greeted_) wrong_("protocol", "rows before hello");
    if (awaiting_reset_) wrong_("resume", "rows of a stream that was not resumed, before its reset");
    for (const simdjson::dom::element change : simdjson::dom::array(data)) {
      const std::string_view key = change["key"];
      const simdjson::dom::array v = change["v"];
      const position at{static_cast<std::uint32_t>(std::uint64_t(v.at(0))), std::uint64_t(v.at(1))};
      simdjson::dom::element value;
      const bool deleted = change["row"].get(value) != simdjson::SUCCESS;
      if (deleted && !bool(change["deleted"])) wrong_("protocol", "neither row nor delete");
      std::int64_t number = -1;
      if (!deleted)
        number = own(key, value);
      else if (!key.starts_with(client_))
        wrong_("foreign", "delete of " + std::string(key));
      put(key, at, deleted, number);
    }
  }

  /// The row's number; it must be of this client and of this key.
  std::int64_t own(std::string_view key, const simdjson::dom::element& value) {
    const std::string_view client = value["clientId"], ticker = value["ticker"];
    if (client != client_ || !key.starts_with(client_))
      wrong_("foreign", "row " + std::string(key) + " of " + std::string(client));
    if (ticker != key) wrong_("foreign", "row " + std::string(ticker) + " under the key " + std::string(key));
    std::int64_t number = -1;
    return value["n"].get(number) == simdjson::SUCCESS ? number : -1;
  }

  static std::string words(position at) {
    return std::to_string(at.partition) + ":" + std::to_string(at.offset);
  }

  void put(std::string_view key, position at, bool deleted, std::int64_t number) {
    ++delivered;
    auto [found, is_new] = rows_.try_emplace(std::string(key));
    row& mine = found->second;
    if (!is_new) compare(key, mine, at);
    if (mine.here) {
      sum_.remove(key, mine.at);
      --count_;
    }
    if (!deleted) {
      sum_.add(key, at);
      ++count_;
    }
    if (!is_new && !(mine.at == at)) changes.push_back({key, number, mine.gap ? -1 : mine.number});
    mine = {at, deleted ? mine.number : number, !deleted, true, deleted};
  }

  void compare(std::string_view key, const row& mine, position at) {
    if (mine.at.partition == at.partition && at.offset < mine.at.offset)
      wrong_("back", std::string(key) + " went back from " + words(mine.at) + " to " + words(at));
    if (!mine.sent || !(mine.at == at)) return;
    wrong_("resume", std::string(key) + " was sent again at " + words(at) + " though it had not changed" +
                         (mine.here ? "" : " (a delete)"));
  }

  void live(const simdjson::dom::element& data) {
    if (!greeted_) wrong_("protocol", "live before hello");
    if (awaiting_reset_) wrong_("resume", "live of a stream that was not resumed, before its reset");
    verify("live", data);
    live_ = true;
  }

  void beat(const simdjson::dom::element& data) {
    if (simdjson::dom::element count; data["count"].get(count)) return;
    if (!live_) wrong_("protocol", "count in a beat before live");
    verify("beat", data);
  }

  void verify(const char* name, const simdjson::dom::element& data) {
    const std::uint64_t count = data["count"];
    const std::string_view sum = data["checksum"];
    if (count != count_ || sum != sum_.text())
      wrong_("checksum", std::string(name) + " says " + std::to_string(count) + " rows " + std::string(sum) +
                             ", have " + std::to_string(count_) + " rows " + sum_.text());
    ++verified;
  }

  void status(const simdjson::dom::element& data) {
    const bool stale = std::string_view(data["state"]) == "stale";
    stale_told += stale && !stale_;
    stale_ = stale;
  }

  static simdjson::dom::parser& parser() {
    static thread_local simdjson::dom::parser one;
    return one;
  }

  std::string client_;
  said wrong_;
  std::unordered_map<std::string, row> rows_;
  checksum sum_;
  std::uint64_t count_ = 0;
  std::string id_, member_;
  bool greeted_ = false, live_ = false, stale_ = false, awaiting_reset_ = false;
};

}  // namespace chaos
