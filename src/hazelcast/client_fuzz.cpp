#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/fuzz_corpus.hpp"
#include "hazelcast/client.hpp"
#include "hazelcast/recorded.hpp"
#include "hazelcast/scripted.hpp"
#include "hazelcast/value.hpp"

// Any life of a client: members that take it, refuse it, answer what was not asked, die, fall silent and send
// nonsense, in any order. It stays within its limits, and answers each call once.

namespace blotter::hazelcast {
namespace {

using namespace scripted;

constexpr std::size_t calls_max = 6;

/// The input, taken from its front; zeros behind its end.
class choices {
 public:
  explicit choices(std::string_view input) : rest_(input) {}
  bool over() const { return rest_.empty(); }
  std::uint8_t next() {
    if (rest_.empty()) return 0;
    const auto out = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return out;
  }
  std::string_view bytes(std::size_t size) {
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(out.size());
    return out;
  }

 private:
  std::string_view rest_;
};

class world final : public wires, public client_listener {
 public:
  void dial(wire_id which, const address&) override { open_.push_back(which); }
  void send(wire_id which, std::string bytes) override {
    check(std::ranges::find(open_, which) != open_.end());
    if (bytes == protocol_preamble) return;
    message_splitter in;
    in.take(bytes);
    const auto sent = in.next();
    check(sent && *sent);
    asked_.push_back({(*sent)->type(), (*sent)->correlation()});
    if (asked_.size() > 32) asked_.erase(asked_.begin());
  }
  void hang_up(wire_id which) override { check(std::erase(open_, which) == 1); }

  void client_ready(instant) override {
    check(one_.ready());
    was_ready = true;
  }
  void client_away(error_code why, const address&, instant) override { check(why.failed()); }
  void cluster_changed(instant) override {}
  void entry_changed(const entry_event& what, instant at) override {
    ++entries_changed;
    if (what.key && what.key->size() >= 8) call(at);
  }

  bool was_ready = false;
  std::size_t entries_changed = 0;

  void live(choices from) {
    while (!from.over()) step(from);
    one_.stop();
    check(open_.empty());
  }

 private:
  void step(choices& from) {
    const std::uint8_t what = from.next();
    const std::uint8_t where = from.next();
    const wire_id on = open_.empty() ? 0 : open_[where % open_.size()];
    switch (what % 8) {
      case 0:
        now_ += milliseconds(from.next() * 20);
        return one_.tick(now_);
      case 1:
        return one_.connected(on, now_);
      case 2:
        // The wires themselves tell of a loss once.
        if (std::erase(open_, on) == 1) one_.lost(on, errc_of_the_network(), now_);
        return;
      case 3:
        return call(now_);
      case 4:
        return one_.received(on, from.bytes(from.next()), now_);
      default:
        return one_.received(on, something(from), now_);
    }
  }

  static error_code errc_of_the_network() {
    return boost::system::errc::make_error_code(boost::system::errc::connection_reset);
  }

  /// A good message, an answer to something that was asked as often as not.
  std::string something(choices& from) {
    const std::uint8_t what = from.next();
    const asked to = asked_.empty() ? asked{} : asked_[from.next() % asked_.size()];
    const uuid who{1, static_cast<std::uint64_t>(what % 3)};
    switch (what % 6) {
      case 0:
        return taken(to.id, who, {7, static_cast<std::uint64_t>(what % 2)}, 1 + what % 5);
      case 1:
        return error(to.id, from.next());
      case 2:
        return members_event(to.id, from.next(), {{who, {"a", 1}}, {{1, 9}, {"b", from.next()}}});
      case 3:
        return partitions_event(to.id, {{who, what % 5}, {{1, 1}, from.next()}});
      case 4:
        return head(0x011902, to.id, event_fields(from.next()) + std::string(21, '\0'), flag::event) +
               a_frame(0, serialize_text("k")) + null_frame + null_frame +
               a_frame(flag::null_value | flag::final_frame, "");
      default:
        return plain_answer(to.type + 1, to.id);
    }
  }

  void call(instant at) {
    const auto took =
        one_.call(map_get("m", serialize_text("k"), 1), repeat::yes, at, [this](result<message>, instant) {
          check(under_way_ > 0);
          --under_way_;
        });
    if (took) ++under_way_;
    check(under_way_ <= calls_max);
  }

  struct asked {
    std::int32_t type = 0;
    std::int64_t id = 0;
  };

  std::vector<wire_id> open_;
  std::vector<asked> asked_;
  std::size_t under_way_ = 0;
  instant now_{std::chrono::hours(1)};
  client one_{
      {.seeds = {{"a", 1}, {"b", 2}}, .id = {9, 9}, .maps = {"m"}, .calls_max = calls_max}, *this, *this};
};

// What world::step() takes from the input: the step, which connection, and what the step needs.
std::string tick(char steps_of_20_ms) {
  return {0, 0, steps_of_20_ms};
}
std::string connected() {
  return {1, 0};
}
std::string calls() {
  return {3, 0};
}
/// Bytes of a member, in pieces.
std::string heard(std::string_view bytes) {
  std::string made;
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 255))) {
    const std::string_view piece = bytes.substr(0, 255);
    made += {4, 0, static_cast<char>(piece.size())};
    made += piece;
  }
  return made;
}
/// A plain answer to the `which`th request.
std::string answered(char which) {
  return {5, 0, 5, which};
}

/// The first life a client has with a real member, and what it hears then, a call and a tick behind each.
std::vector<std::string> seeds() {
  constexpr int requests_until_ready = 5;
  constexpr std::size_t correlation_at = 10;
  std::vector<std::string> made;
  std::string life = tick(1) + connected() + heard(recorded::bytes(recorded::authentication));
  for (char which = 1; which < requests_until_ready; ++which) life += answered(which);
  made.push_back(life);
  for (const std::string_view each : {recorded::added, recorded::updated, recorded::expired}) {
    std::string event = recorded::bytes(each);
    event[correlation_at] = requests_until_ready;  // that listener's request was the last
    life += heard(event) + calls() + tick(60);
    made.push_back(life);
  }
  for (const std::string_view each : recorded::all) {
    life += heard(recorded::bytes(each)) + calls() + tick(60);
    made.push_back(life);
  }
  return made;
}

}  // namespace
}  // namespace blotter::hazelcast

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  blotter::fuzz::plant(*count, *arguments, blotter::hazelcast::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  blotter::hazelcast::world one;
  one.live(blotter::hazelcast::choices({reinterpret_cast<const char*>(data), size}));
  return 0;
}
