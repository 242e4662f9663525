#include "directory/member_text.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/json_text.hpp"
#include "directory/errc.hpp"
#include "directory/partition_text.hpp"

namespace blotter::directory {

namespace {

constexpr std::uint64_t format = 1;
constexpr std::size_t depth_max = 8;
constexpr std::size_t roles_max = 8;
constexpr std::size_t address_size_max = 260;  // a host name has at most 253 bytes
constexpr std::size_t link_addresses_max = 256;
constexpr double rows_per_second_max = 1e12;
constexpr std::uint64_t flush_delay_ms_max = 3'600'000;
constexpr std::uint64_t started_ms_max = 253'402'300'799'999;  // the end of the year 9999

class json_writer {
 public:
  void begin(std::string_view name = {}) {
    if (!name.empty()) write_name(name);
    out_ += '{';
  }
  void end() { out_ += '}'; }
  void text(std::string_view name, std::string_view value) {
    write_name(name);
    append_json_string(out_, value);
  }
  void number(std::string_view name, std::uint64_t value) {
    write_name(name);
    out_ += std::to_string(std::min(value, lease_number_max));
  }
  void real(std::string_view name, double value, double max) {
    write_name(name);
    char digits[32];
    const double bounded = std::isnan(value) ? 0 : std::clamp(value, 0.0, max);
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, bounded).ptr);
  }
  void texts(std::string_view name, const std::vector<role>& all) {
    write_name(name);
    out_ += '[';
    for (const role each : all) {
      if (out_.back() != '[') out_ += ',';
      append_json_string(out_, to_text(each));
    }
    out_ += ']';
  }
  std::string take() { return std::move(out_); }

 private:
  void write_name(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    append_json_string(out_, name);
    out_ += ':';
  }

  std::string out_;
};

std::string hex(std::uint64_t value) {
  std::string text(16, '0');
  for (auto digit = text.rbegin(); value != 0; value >>= 4, ++digit) *digit = "0123456789abcdef"[value & 15];
  return text;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_topic(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  };
  return text.size() <= topic_size_max && std::ranges::all_of(text, allowed);
}

/// "host:port", "[::1]:port"; names are not looked up here.
bool is_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (text.empty()) return true;
  if (text.size() > address_size_max || colon == 0 || colon == text.npos) return false;
  const auto is_host = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '[' || c == ']' || c == '%';
  };
  const std::string_view port = text.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
  return std::ranges::all_of(text.substr(0, colon), is_host) && failed == std::errc() &&
         end == port.data() + port.size() && number != 0;
}

/// As `is_address`, or several with commas between them: one for each core that takes links.
bool is_address_list(std::string_view text) {
  std::size_t count = 1;
  for (auto comma = text.find(','); comma != text.npos; comma = text.find(',')) {
    if (comma == 0 || !is_address(text.substr(0, comma)) || ++count > link_addresses_max) return false;
    text.remove_prefix(comma + 1);
    if (text.empty()) return false;
  }
  return is_address(text);
}

}  // namespace

bool is_origin(std::string_view text) {
  if (text.size() > url_size_max) return false;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    const bool bare = text.ends_with(']') || text.find(':') == text.npos;
    return !text.empty() && is_address(bare ? std::string(text) + ":1" : std::string(text));
  }
  return false;
}

namespace {

enum class need { must, may };

/// Takes fields out of an object. What may be missing and is leaves its target alone; what is wrong is
/// remembered, the first only.
class fields {
 public:
  fields(simdjson::dom::object of, std::optional<errc>& wrong) : of_(of), wrong_(wrong) {}

  std::uint64_t number(const char* name, std::uint64_t min, std::uint64_t max, need how = need::may) {
    std::uint64_t value = min;
    simdjson::dom::element found;
    if (!find(name, found, how)) return min;
    if (found.get(value) || value < min || value > max) return refuse(), min;
    return value;
  }
  double real(const char* name, double max) {
    double value = 0;
    simdjson::dom::element found;
    if (!find(name, found, need::may)) return 0;
    if (found.get(value) || !(value >= 0 && value <= max)) return refuse(), 0;
    return value;
  }
  std::string_view text(const char* name, need how = need::may) {
    std::string_view value;
    simdjson::dom::element found;
    if (find(name, found, how) && found.get(value)) refuse();
    return value;
  }
  std::string url(const char* name) {
    const std::string_view value = text(name);
    if (!value.empty() && !is_origin(value)) return refuse(), "";
    return std::string(value);
  }
  std::string topic(const char* name) {
    const std::string_view value = text(name);
    if (!is_topic(value)) return refuse(), "";
    return std::string(value);
  }
  std::string address(const char* name) {
    const std::string_view value = text(name);
    if (!is_address(value)) return refuse(), "";
    return std::string(value);
  }
  std::string addresses(const char* name) {
    const std::string_view value = text(name);
    if (!is_address_list(value)) return refuse(), "";
    return std::string(value);
  }
  partition_set partitions(const char* name, std::uint32_t below) {
    auto read = read_partitions(text(name));
    if (!read || read->end() > below) return refuse(), partition_set();
    return *std::move(read);
  }
  template <class Value>
  Value word(const char* name, std::initializer_list<Value> of, errc otherwise, need how) {
    const std::string_view value = text(name, how);
    if (wrong_ || (value.empty() && how == need::may)) return *of.begin();
    for (const Value each : of)
      if (value == to_text(each)) return each;
    return refuse(otherwise), *of.begin();
  }
  std::optional<simdjson::dom::object> object(const char* name) {
    simdjson::dom::element found;
    simdjson::dom::object value;
    if (!find(name, found, need::may)) return std::nullopt;
    if (found.get(value)) return refuse(), std::nullopt;
    return value;
  }
  std::vector<role> roles(const char* name);
  void refuse(errc why = errc::record_field_bad) {
    if (!wrong_) wrong_ = why;
  }

 private:
  bool find(const char* name, simdjson::dom::element& found, need how) {
    if (!of_[name].get(found)) return true;
    if (how == need::must) refuse(errc::record_field_missing);
    return false;
  }

  simdjson::dom::object of_;
  std::optional<errc>& wrong_;
};

std::vector<role> fields::roles(const char* name) {
  simdjson::dom::element found;
  simdjson::dom::array all;
  std::vector<role> read;
  if (!find(name, found, need::must)) return read;
  if (found.get(all) || all.size() == 0 || all.size() > roles_max) return refuse(), read;
  for (const simdjson::dom::element each : all) {
    std::string_view text;
    if (each.get(text)) return refuse(), read;
    constexpr role known[] = {role::router, role::node, role::gateway, role::autoscaler};
    const auto* const role_named =
        std::ranges::find_if(known, [text](role which) { return to_text(which) == text; });
    if (role_named == std::end(known)) return refuse(errc::unknown_role), read;
    if (std::ranges::find(read, *role_named) != read.end()) return refuse(), read;
    read.push_back(*role_named);
  }
  return read;
}

load_report read_load(fields from) {
  return {.number = from.number("number", 0, lease_number_max),
          .busy = from.real("busy", 1),
          .viewers = from.number("viewers", 0, lease_number_max),
          .rows_per_second = from.real("rows_per_second", rows_per_second_max),
          .flush_delay = milliseconds(from.number("flush_delay_ms", 0, flush_delay_ms_max)),
          .memory = from.number("memory", 0, lease_number_max),
          .room = from.word("room", {intake::open, intake::full}, errc::record_field_bad, need::may)};
}

feed_share read_feed(fields from) {
  feed_share read;
  const std::string_view generation = from.text("generation", need::must);
  if (generation.size() != 16 || !std::ranges::all_of(generation, is_hex)) {
    from.refuse();
    return read;
  }
  std::from_chars(generation.data(), generation.data() + generation.size(), read.generation, 16);
  read.partitions = static_cast<std::uint32_t>(from.number("partitions", 0, partitions_max, need::must));
  read.held = from.partitions("held", read.partitions);
  read.caught_up = from.partitions("caught_up", read.partitions);
  read.room = from.word("room", {intake::open, intake::full}, errc::record_field_bad, need::may);
  if (!read.held.has_all(read.caught_up)) from.refuse();
  return read;
}

}  // namespace

std::string to_json(const lease& record) {
  const member& who = record.who;
  json_writer out;
  out.begin();
  out.number("format", format);
  out.text("id", who.id.text());
  out.number("incarnation", record.incarnation);
  out.number("renewal", record.renewal);
  out.texts("roles", who.roles);
  out.text("stage", to_text(who.stage));
  out.text("address", who.address);
  out.text("link_address", who.link_address);
  if (!who.url.empty()) out.text("url", who.url);
  if (!who.topic.empty()) out.text("topic", who.topic);
  out.number("started",
             static_cast<std::uint64_t>(std::max<std::int64_t>(who.started.time_since_epoch().count(), 0)));
  out.begin("load");
  out.number("number", who.load.number);
  out.real("busy", who.load.busy, 1);
  out.number("viewers", who.load.viewers);
  out.real("rows_per_second", who.load.rows_per_second, rows_per_second_max);
  const auto delay = std::max<std::int64_t>(who.load.flush_delay.count(), 0);
  out.number("flush_delay_ms", std::min(static_cast<std::uint64_t>(delay), flush_delay_ms_max));
  out.number("memory", who.load.memory);
  out.text("room", to_text(who.load.room));
  out.end();
  if (who.feed != feed_share()) {
    out.begin("feed");
    out.text("generation", hex(who.feed.generation));
    out.number("partitions", who.feed.partitions);
    out.text("held", to_text(who.feed.held));
    out.text("caught_up", to_text(who.feed.caught_up));
    out.text("room", to_text(who.feed.room));
    out.end();
  }
  out.end();
  return out.take();
}

result<lease> read_lease(std::string_view key, std::string_view json) {
  if (json.size() > record_size_max) return errc::record_too_long;
  simdjson::dom::parser parser;
  simdjson::dom::object all;
  // Its own bound on nesting, so that no text can make it deep; at least 64 bytes, or 3.0 refuses to
  // allocate.
  if (parser.allocate(std::max<std::size_t>(json.size(), 64), depth_max)) return errc::record_not_json;
  if (parser.parse(json.data(), json.size()).get(all)) return errc::record_not_json;

  std::optional<errc> wrong;
  fields from(all, wrong);
  if (from.number("format", 0, lease_number_max, need::must) != format)
    from.refuse(errc::record_of_other_format);
  const std::string_view text = from.text("id", need::must);
  const auto id = member_id::parse(text);
  if (!wrong && !id) return errc::bad_member_id;
  if (!wrong && text != key) return errc::record_of_other_key;
  if (wrong) return *wrong;

  lease read{.who = {.id = *id}};
  read.incarnation = from.number("incarnation", 1, lease_number_max, need::must);
  read.renewal = from.number("renewal", 1, lease_number_max, need::must);
  read.who.roles = from.roles("roles");
  read.who.stage =
      from.word("stage", {stage::starting, stage::serving, stage::draining}, errc::unknown_stage, need::must);
  read.who.address = from.address("address");
  read.who.link_address = from.addresses("link_address");
  read.who.url = from.url("url");
  read.who.topic = from.topic("topic");
  read.who.started = wall_time(milliseconds(from.number("started", 0, started_ms_max)));
  if (const auto load = from.object("load")) read.who.load = read_load({*load, wrong});
  if (const auto feed = from.object("feed")) read.who.feed = read_feed({*feed, wrong});
  if (wrong) return *wrong;
  return read;
}

}  // namespace blotter::directory
