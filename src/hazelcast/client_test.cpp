#include "hazelcast/client.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "hazelcast/errc.hpp"
#include "hazelcast/recorded.hpp"
#include "hazelcast/scripted.hpp"
#include "hazelcast/value.hpp"

namespace blotter::hazelcast {
namespace {

using namespace std::chrono_literals;
using namespace scripted;
using names = std::vector<std::string>;

const address first{"a", 1}, second{"b", 2};
constexpr uuid first_id{1, 1}, second_id{2, 2}, some_cluster{7, 7};

/// What a client sends, kept by connection; and what it is told.
class stage : public wires, public client_listener {
 public:
  struct sent {
    std::int32_t type;
    std::int64_t correlation;
  };

  void dial(wire_id which, const address& where) override { dialed.emplace_back(which, where); }
  void send(wire_id which, std::string bytes) override {
    if (bytes == protocol_preamble) return;
    message_splitter in;
    in.take(bytes);
    const message what = *in.next().value();
    out[which].push_back({what.type(), what.correlation()});
  }
  void hang_up(wire_id which) override { hung_up.push_back(which); }

  void client_ready(instant) override { notes.push_back("ready"); }
  void client_away(error_code why, const address& where, instant) override {
    notes.push_back("away " + where.host);
    away = why;
  }
  void cluster_changed(instant) override { notes.push_back("members"); }
  void entry_changed(const entry_event& what, instant) override {
    notes.push_back("entry " + std::to_string(what.kind));
  }

  /// The last request of that type on that connection, taken out.
  std::optional<std::int64_t> asked(wire_id which, std::int32_t type) {
    auto& all = out[which];
    const auto found = std::ranges::find(all, type, &sent::type);
    if (found == all.end()) return std::nullopt;
    const std::int64_t correlation = found->correlation;
    all.erase(found);
    return correlation;
  }
  /// The connection to that address that was dialed last.
  wire_id to(const address& where) const {
    wire_id last = 0;
    for (const auto& [id, at] : dialed)
      if (at == where) last = id;
    return last;
  }
  bool is_hung_up(wire_id which) const { return std::ranges::find(hung_up, which) != hung_up.end(); }

  std::vector<std::pair<wire_id, address>> dialed;
  std::map<wire_id, std::vector<sent>> out;
  std::vector<wire_id> hung_up;
  names notes;
  error_code away;
};

class hazelcast_client : public testing::Test {
 protected:
  static constexpr std::int32_t authentication = 0x000100, view = 0x000300, proxy = 0x000400, ping = 0x000B00,
                                assign = 0x001000, listen = 0x011900, put = 0x010100, get = 0x010200;

  void pass(milliseconds time) {
    for (const instant until = now + time; now < until;) {
      now += 50ms;
      one.tick(now);
    }
  }
  void say(wire_id which, const std::string& bytes) { one.received(which, bytes, now); }

  /// The member answers everything that one does.
  void let_in(wire_id which, const uuid& member, const uuid& cluster = some_cluster) {
    one.connected(which, now);
    say(which, taken(world.asked(which, authentication).value(), member, cluster, 11));
  }
  void register_all(wire_id which) {
    view_id = world.asked(which, view).value();
    say(which, plain_answer(view + 1, view_id));
    say(which, plain_answer(assign + 1, world.asked(which, assign).value()));
    say(which, plain_answer(proxy + 1, world.asked(which, proxy).value()));
    entries_id = world.asked(which, listen).value();
    say(which, plain_answer(listen + 1, entries_id));
  }
  /// Both members, home at the first.
  void bring_up() {
    pass(50ms);
    let_in(world.to(first), first_id);
    register_all(world.to(first));
    let_in(world.to(second), second_id);
    say(world.to(first), members_event(view_id, 1, {{first_id, first}, {second_id, second}}));
    world.notes.clear();
  }
  void keep_alive(wire_id which) {
    if (const auto id = world.asked(which, ping)) say(which, plain_answer(ping + 1, *id));
  }
  /// Puts into the partition; what comes of it goes to `outcome`.
  result<void> start(request what, repeat may) {
    return one.call(std::move(what), may, now, [this](result<message> got, instant) {
      outcome.push_back(got ? "answer" : got.error().message());
    });
  }
  request a_put(std::int32_t partition) const {
    return map_put("m", key, serialize_json("{}"), 3s, partition);
  }
  static std::string text(errc code) { return error_code(code).message(); }

  const std::string key = serialize_text("node-1");
  stage world;
  instant now{1h};
  client one{{.seeds = {first, second}, .id = {9, 9}, .maps = {"m"}, .calls_max = 8}, world, world};
  std::int64_t view_id = 0, entries_id = 0;
  names outcome;
};

TEST_F(hazelcast_client, listens_at_the_first_member_that_takes_it) {
  pass(50ms);
  EXPECT_EQ(world.dialed.size(), 2u);
  EXPECT_EQ(start(a_put(3), repeat::no).error(), errc::not_connected);
  let_in(world.to(second), second_id);
  EXPECT_EQ(one.view().partition_count(), 11);
  EXPECT_FALSE(one.ready());
  register_all(world.to(second));
  EXPECT_TRUE(one.ready());
  EXPECT_EQ(world.notes, names{"ready"});
  let_in(world.to(first), first_id);
  EXPECT_FALSE(world.asked(world.to(first), listen));
  EXPECT_EQ(one.connections(), 2u);
}

TEST_F(hazelcast_client, says_why_it_was_refused_and_waits_long) {
  pass(50ms);
  one.connected(world.to(first), now);
  say(world.to(first), refused(world.asked(world.to(first), authentication).value(), 1));
  EXPECT_EQ(world.away, errc::refused_credentials);
  EXPECT_TRUE(world.is_hung_up(world.to(first)));
  one.lost(world.to(second), boost::system::errc::make_error_code(boost::system::errc::connection_refused),
           now);
  pass(300ms);
  EXPECT_EQ(std::ranges::count(world.dialed, first, &std::pair<wire_id, address>::second), 1);
  EXPECT_GT(std::ranges::count(world.dialed, second, &std::pair<wire_id, address>::second), 1);
}

TEST_F(hazelcast_client, comes_back_soon_to_a_member_that_is_starting) {
  pass(50ms);
  one.connected(world.to(first), now);
  say(world.to(first), error(world.asked(world.to(first), authentication).value(), 19));
  EXPECT_EQ(world.away, errc::not_ready);
  const wire_id before = world.to(first);
  pass(150ms);
  EXPECT_NE(world.to(first), before);
}

TEST_F(hazelcast_client, gives_up_a_member_that_accepts_and_says_nothing) {
  pass(50ms);
  const wire_id frozen = world.to(first);
  one.connected(frozen, now);
  let_in(world.to(second), second_id);
  register_all(world.to(second));
  pass(2'100ms);
  EXPECT_TRUE(world.is_hung_up(frozen));
  EXPECT_TRUE(one.ready());
  EXPECT_EQ(world.notes, names{"ready"});
}

TEST_F(hazelcast_client, drops_a_second_connection_to_a_member) {
  pass(50ms);
  let_in(world.to(first), first_id);
  let_in(world.to(second), first_id);
  EXPECT_TRUE(world.is_hung_up(world.to(second)));
  EXPECT_EQ(world.notes, names{});
  const auto dials = world.dialed.size();
  pass(3s);
  EXPECT_EQ(world.dialed.size(), dials);
}

TEST_F(hazelcast_client, stays_with_its_cluster_while_that_lives) {
  pass(50ms);
  let_in(world.to(first), first_id);
  let_in(world.to(second), second_id, {8, 8});
  EXPECT_TRUE(world.is_hung_up(world.to(second)));
  EXPECT_EQ(one.connections(), 1u);
}

TEST_F(hazelcast_client, follows_a_cluster_that_was_started_anew) {
  bring_up();
  one.lost(world.to(first), errc::connection_lost, now);
  one.lost(world.to(second), errc::connection_lost, now);
  EXPECT_FALSE(one.ready());
  pass(150ms);
  let_in(world.to(second), {3, 3}, {8, 8});
  EXPECT_TRUE(one.view().members().empty());
  register_all(world.to(second));
  EXPECT_TRUE(one.ready());
}

TEST_F(hazelcast_client, listens_elsewhere_when_its_home_is_lost) {
  bring_up();
  one.lost(world.to(first), errc::connection_lost, now);
  EXPECT_EQ(world.notes, names{"away a"});
  register_all(world.to(second));
  EXPECT_EQ(world.notes, (names{"away a", "ready"}));
  say(world.to(second), recorded::bytes(recorded::updated).replace(10, 8, [&] {
    std::string id;
    append_little(id, entries_id);
    return id;
  }()));
  EXPECT_EQ(world.notes.back(), "entry 4");
}

TEST_F(hazelcast_client, hears_nothing_through_a_registration_that_is_no_more) {
  bring_up();
  say(world.to(second), members_event(view_id, 2, {}));
  say(world.to(first), members_event(view_id + 1'000, 2, {}));
  EXPECT_EQ(world.notes, names{});
  EXPECT_EQ(one.view().members().size(), 2u);
}

TEST_F(hazelcast_client, drops_who_left_the_cluster_at_once) {
  bring_up();
  say(world.to(first), members_event(view_id, 2, {{first_id, first}}));
  EXPECT_TRUE(world.is_hung_up(world.to(second)));
  EXPECT_EQ(world.notes, names{"members"});
  say(world.to(first), members_event(view_id, 1, {{first_id, first}, {second_id, second}}));
  EXPECT_EQ(one.view().members().size(), 1u) << "an older view";
}

TEST_F(hazelcast_client, drops_a_member_that_says_nothing_any_more) {
  bring_up();
  const wire_id mute = world.to(first);
  for (int i = 0; i < 90; ++i) {
    pass(50ms);
    keep_alive(world.to(second));
  }
  EXPECT_TRUE(world.is_hung_up(mute));
  EXPECT_EQ(world.away, errc::silent);
  EXPECT_FALSE(world.is_hung_up(world.to(second)));
}

TEST_F(hazelcast_client, tells_how_long_a_member_has_been_quiet) {
  bring_up();
  pass(1'500ms);
  keep_alive(world.to(second));
  EXPECT_EQ(one.quiet(now), 1'500ms);
}

TEST_F(hazelcast_client, blames_nobody_for_having_stood_still_itself) {
  bring_up();
  ASSERT_TRUE(start(a_put(3), repeat::no));
  now += 60s;
  one.tick(now);
  EXPECT_EQ(one.connections(), 2u);
  EXPECT_EQ(outcome, names{});
}

TEST_F(hazelcast_client, asks_the_owner_of_a_partition) {
  bring_up();
  say(world.to(first), partitions_event(view_id, {{first_id, 3}, {second_id, 4}}));
  ASSERT_TRUE(start(a_put(3), repeat::no));
  ASSERT_TRUE(start(a_put(4), repeat::no));
  EXPECT_TRUE(world.asked(world.to(first), put));
  EXPECT_TRUE(world.asked(world.to(second), put));
  one.lost(world.to(second), errc::connection_lost, now);
  ASSERT_TRUE(start(a_put(4), repeat::no));
  EXPECT_TRUE(world.asked(world.to(first), put)) << "who passes it on";
}

TEST_F(hazelcast_client, takes_an_answer_from_where_it_asked_alone) {
  bring_up();
  ASSERT_TRUE(start(a_put(3), repeat::no));
  const auto id = world.asked(world.to(first), put).value();
  say(world.to(second), plain_answer(put + 1, id));
  EXPECT_EQ(outcome, names{});
  say(world.to(first), plain_answer(put + 1, id));
  say(world.to(first), plain_answer(put + 1, id));
  EXPECT_EQ(outcome, names{"answer"});
}

TEST_F(hazelcast_client, makes_again_what_may_be_when_a_connection_is_lost) {
  bring_up();
  ASSERT_TRUE(start(map_get("m", key, 3), repeat::yes));
  ASSERT_TRUE(start(a_put(3), repeat::no));
  one.lost(world.to(first), errc::connection_lost, now);
  EXPECT_EQ(outcome, names{text(errc::connection_lost)});
  say(world.to(second), plain_answer(get + 1, world.asked(world.to(second), get).value()));
  EXPECT_EQ(outcome.back(), "answer");
  EXPECT_EQ(one.figures().unknown, 1u);
}

TEST_F(hazelcast_client, makes_again_what_a_member_puts_off) {
  bring_up();
  ASSERT_TRUE(start(a_put(3), repeat::no));
  say(world.to(first), error(world.asked(world.to(first), put).value(), 39));
  EXPECT_EQ(outcome, names{});
  pass(50ms);
  say(world.to(first), plain_answer(put + 1, world.asked(world.to(first), put).value()));
  EXPECT_EQ(outcome, names{"answer"});
}

TEST_F(hazelcast_client, hands_on_a_refusal) {
  bring_up();
  ASSERT_TRUE(start(a_put(3), repeat::yes));
  say(world.to(first), error(world.asked(world.to(first), put).value(), 42));
  EXPECT_EQ(outcome, names{text(errc::refused_call)});
  EXPECT_EQ(one.last_refusal().code, 42);
}

TEST_F(hazelcast_client, waits_for_an_answer_no_longer_than_it_may) {
  bring_up();
  ASSERT_TRUE(start(a_put(3), repeat::yes));
  pass(2s);
  EXPECT_EQ(outcome, names{text(errc::timed_out)});
}

TEST_F(hazelcast_client, takes_no_more_calls_than_it_may) {
  bring_up();
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(start(a_put(3), repeat::no));
  EXPECT_EQ(start(a_put(3), repeat::no).error(), errc::too_many_calls);
}

TEST_F(hazelcast_client, drops_whoever_breaks_the_protocol) {
  bring_up();
  say(world.to(second), "HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_TRUE(world.is_hung_up(world.to(second)));
  say(world.to(first), head(0x000302, view_id, "", flag::event | flag::final_frame));
  EXPECT_TRUE(world.is_hung_up(world.to(first)));
  EXPECT_EQ(world.away, errc::bad_message);
}

TEST_F(hazelcast_client, hangs_up_everything_at_the_end) {
  bring_up();
  ASSERT_TRUE(start(a_put(3), repeat::no));
  one.stop();
  EXPECT_TRUE(world.is_hung_up(world.to(first)));
  EXPECT_TRUE(world.is_hung_up(world.to(second)));
  EXPECT_EQ(outcome, names{});
}

}  // namespace
}  // namespace blotter::hazelcast
