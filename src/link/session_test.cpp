#include "link/session.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <optional>

#include "link/sample_messages.hpp"
#include "link/sample_streams.hpp"

namespace blotter::link {
namespace {

constexpr instant start{std::chrono::hours(1)};

template <class Hears>
struct heard_all {
  std::optional<hello> peer;
  std::vector<Hears> messages;
};

/// A session, what it heard, and its bytes.
template <class Session, class Hears>
struct end_of : Session::ear {
  explicit end_of(session_options options) : session(std::move(options), start) {}

  void up(const hello& from) override { all.peer = from; }
  void received(Hears&& message) override { all.messages.push_back(std::move(message)); }

  /// What waits, as if written.
  std::string take() {
    std::string bytes = sample::bytes_of(session.out());
    session.written(bytes.size());
    return bytes;
  }
  void give(std::string_view bytes, instant now = start) {
    while (!bytes.empty()) {
      const auto room = session.room();
      const std::size_t size = std::min(room.size(), bytes.size());
      std::memcpy(room.data(), bytes.data(), size);
      bytes.remove_prefix(size);
      session.arrived(size, now, *this);
    }
  }
  errc ended() const {
    return session.has_ended() ? static_cast<errc>(session.how_it_ended().why.value()) : errc{};
  }
  const std::string& text() const { return session.how_it_ended().text; }
  /// Lets time pass in steps as a core's ticks do; until the link has ended.
  instant pass(milliseconds time, instant now = start) {
    for (; time > milliseconds(0) && !session.has_ended(); time -= milliseconds(50))
      session.tick(now += milliseconds(50));
    return now;
  }

  Session session;
  heard_all<Hears> all;
};
using router_side = end_of<router_end, to_router>;
using node_side = end_of<node_end, to_node>;

session_options options_of(std::string member) {
  session_options options;
  options.self = {protocol_version, "blotter", std::move(member), {}};
  return options;
}

struct linked {
  linked() : linked(options_of("router-1"), options_of("node-1")) {}
  linked(session_options of_router, session_options of_node)
      : router(std::move(of_router)), node(std::move(of_node)) {
    exchange();
  }
  void exchange(instant now = start) {
    for (int i = 0; i < 3; ++i) {
      node.give(router.take(), now);
      router.give(node.take(), now);
    }
  }
  router_side router;
  node_side node;
};

TEST(session, both_ends_are_up_when_they_have_heard_who_is_there) {
  linked two;
  ASSERT_TRUE(two.router.all.peer && two.node.all.peer);
  EXPECT_EQ(two.router.all.peer->member, "node-1");
  EXPECT_EQ(two.node.all.peer->member, "router-1");
  EXPECT_EQ(two.node.all.peer->as, role::router);
  EXPECT_TRUE(two.router.session.is_up() && two.node.session.is_up());
}

TEST(session, carries_every_message_both_ways_in_order) {
  linked two;
  two.router.session.send(feed_began{table::generation{1}, 64, {}}, start);
  for (const to_node& each : sample::all_to_node()) two.router.session.send(each, start);
  for (const to_router& each : sample::all_to_router())
    if (!std::holds_alternative<heartbeat>(each)) two.node.session.send(each, start);
  two.exchange();
  EXPECT_EQ(two.router.ended(), errc{});
  EXPECT_EQ(two.node.ended(), errc{});
  ASSERT_EQ(two.node.all.messages.size(), sample::all_to_node().size() + 1);
  for (std::size_t i = 0; i < sample::all_to_node().size(); ++i)
    EXPECT_EQ(sample::frames_of(two.node.all.messages[i + 1]), sample::frames_of(sample::all_to_node()[i]));
  EXPECT_EQ(two.router.all.messages.size(), sample::all_to_router().size() - 1);
}

TEST(session, takes_bytes_one_by_one) {
  linked two;
  two.node.session.send(subscribe{subscription_id{1}, "c1", sample::one_bookmark(5)}, start);
  for (const char each : two.node.take()) two.router.give({&each, 1});
  EXPECT_EQ(two.router.all.messages.size(), 1u);
}

TEST(session, sends_nothing_before_the_peer_is_known) {
  router_side router(options_of("router-1"));
  const std::size_t greeting = router.session.out().size();
  router.session.send(heartbeat{1}, start);
  EXPECT_EQ(router.session.out().size(), greeting);
}

// Who is there.

TEST(session, refuses_another_version_and_tells_the_peer_why) {
  auto old = options_of("node-1");
  old.self.version = 7;
  linked two(options_of("router-1"), old);
  EXPECT_EQ(two.router.ended(), errc::other_version);
  EXPECT_FALSE(two.router.all.peer);
  EXPECT_EQ(two.router.text(),
            "the peer speaks version 7 of the link, this end version 1: upgrade the older one");
}

TEST(session, refuses_another_cluster_and_tells_the_peer_why) {
  auto other = options_of("node-1");
  other.self.cluster = "test";
  router_side router(options_of("router-1"));
  node_side node(other);
  router.give(node.take());
  EXPECT_EQ(router.ended(), errc::other_cluster);
  EXPECT_EQ(
      router.text(),
      "'node-1' belongs to cluster 'test', 'router-1' to 'blotter': start both with the same cluster name");
  EXPECT_TRUE(router.session.has_last_word());

  // A peer that had no objection itself hears of it.
  node_side unaware(options_of("node-1"));
  unaware.give(router.take());
  EXPECT_EQ(unaware.ended(), errc::refused_by_peer);
  EXPECT_EQ(unaware.text(), "the peer says: " + router.text() + " (reason 21)");
  EXPECT_FALSE(unaware.session.has_last_word());
}

TEST(session, refuses_a_peer_that_is_no_router) {
  node_side one(options_of("node-1"));
  node_side two(options_of("node-2"));
  one.give(two.take());
  EXPECT_EQ(one.ended(), errc::other_role);
  EXPECT_EQ(one.text(), "'node-2' is a node, and a node is linked here to a router only: check the address");
  router_side router(options_of("router-1"));
  router.give(router_side(options_of("router-2")).take());
  EXPECT_EQ(router.ended(), errc::other_role);
}

TEST(session, refuses_another_topic_where_both_ends_name_one) {
  auto router = options_of("router-1");
  auto node = options_of("node-1");
  router.self.topic = "trades";
  linked unknown(router, node);
  EXPECT_TRUE(unknown.router.session.is_up() && unknown.node.session.is_up());
  EXPECT_EQ(unknown.node.all.peer->topic, "trades");
  node.self.topic = "trades";
  linked same(router, node);
  EXPECT_TRUE(same.router.session.is_up() && same.node.session.is_up());
  node.self.topic = "orders";
  linked two(router, node);
  EXPECT_EQ(two.node.ended(), errc::other_topic);
  EXPECT_EQ(two.node.text(),
            "'router-1' is of topic 'trades', 'node-1' of 'orders': give each topic a directory of its own");
  EXPECT_FALSE(two.node.all.peer);
  EXPECT_FALSE(two.router.all.peer);
}

TEST(session, refuses_its_own_name) {
  linked two(options_of("same"), options_of("same"));
  EXPECT_EQ(two.router.ended(), errc::same_member);
}

TEST(session, refuses_a_member_that_was_not_called) {
  auto calling = options_of("node-1");
  calling.peer_expected = "router-2";
  linked two(options_of("router-1"), calling);
  EXPECT_EQ(two.node.ended(), errc::other_member);
  EXPECT_EQ(two.router.ended(), errc::refused_by_peer);
}

TEST(session, begins_with_hello_and_has_no_other) {
  router_side early(options_of("router-1"));
  early.give(sample::frames_of(to_router(heartbeat{1})));
  EXPECT_EQ(early.ended(), errc::hello_expected);
  linked two;
  two.router.give(sample::frames_of(hello{protocol_version, "blotter", "node-1", role::node}));
  EXPECT_EQ(two.router.ended(), errc::hello_expected);
}

// Bad bytes.

TEST(session, ends_at_what_is_no_link_and_says_what_it_is) {
  router_side http(options_of("router-1"));
  http.give("GET / HTTP/1.1\r\nHost: router-1\r\n\r\n");
  EXPECT_EQ(http.ended(), errc::http_request);
  EXPECT_NE(http.text().find("--http"), std::string::npos);
  router_side tls(options_of("router-1"));
  tls.give(std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8));
  EXPECT_EQ(tls.ended(), errc::tls_request);
  router_side other(options_of("router-1"));
  other.give("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_EQ(other.ended(), errc::not_a_link);
}

TEST(session, lets_a_stranger_send_no_more_than_a_greeting) {
  std::string large = sample::frames_of(to_router(wanted{std::vector<table::partition_id>(9'000, 1)}));
  router_side router(options_of("router-1"));
  router.give(large);
  EXPECT_EQ(router.ended(), errc::frame_too_large);
  linked two;
  two.router.give(large);
  EXPECT_EQ(two.router.ended(), errc{});
}

TEST(session, ends_at_a_message_of_the_wrong_direction) {
  linked two;
  two.router.give(sample::frames_of(to_node(subscription_caught_up{subscription_id{1}})));
  EXPECT_EQ(two.router.ended(), errc::wrong_direction);
  two.node.give(sample::frames_of(to_router(taken{1})));
  EXPECT_EQ(two.node.ended(), errc::wrong_direction);
}

TEST(session, ends_at_a_partition_that_the_feed_does_not_have) {
  const to_node messages[] = {rows{{sample::one_row("k", "{}", 1, {4, 0})}}, progress{{{4, 0, 0}}},
                              serving{{0, 4}}};
  for (const to_node& each : messages) {
    linked four, five, none;
    four.node.give(sample::frames_of(to_node(feed_began{table::generation{1}, 4, {}})));
    five.node.give(sample::frames_of(to_node(feed_began{table::generation{1}, 5, {}})));
    for (linked* one : {&four, &five, &none}) one->node.give(sample::frames_of(each));
    EXPECT_EQ(four.node.ended(), errc::out_of_bounds);
    EXPECT_EQ(five.node.ended(), errc{});
    EXPECT_EQ(none.node.ended(), errc::out_of_bounds);
  }
}

TEST(session, hears_nothing_after_the_end) {
  linked two;
  two.router.session.end(errc::closed_by_us);
  two.router.give(sample::frames_of(to_router(taken{1})));
  EXPECT_TRUE(two.router.all.messages.empty());
  two.router.session.send(heartbeat{1}, start);
  two.node.give(two.router.take());
  EXPECT_EQ(two.node.ended(), errc::refused_by_peer);
  EXPECT_TRUE(two.node.all.messages.empty());
}

TEST(session, survives_any_bytes) {
  random_source chance(11);
  for (int i = 0; i < 5'000; ++i) {
    linked two;
    two.router.session.send(feed_began{table::generation{1}, partitions_max, {}}, start);
    for (auto count = chance.below(4); count > 0; --count) {
      two.router.session.send(sample::any_to_node(chance), start);
      two.node.session.send(sample::any_to_router(chance), start);
    }
    std::string down = two.router.take(), up = two.node.take();
    for (std::string* each : {&down, &up})
      for (auto changes = chance.below(4); changes > 0 && !each->empty(); --changes)
        (*each)[chance.below(each->size())] = static_cast<char>(chance.next());
    two.node.give(down);
    two.router.give(up);
    two.exchange();
  }
}

// Time.

TEST(session, measures_the_way_there_and_back) {
  linked two;
  EXPECT_EQ(two.router.session.round_trip(), instant::duration{});
  two.router.session.send(heartbeat{1}, start);
  two.router.session.send(heartbeat{2}, start + milliseconds(250));
  two.node.give(two.router.take());
  ASSERT_EQ(two.node.all.messages.size(), 2u);
  two.node.session.send(heartbeat{1}, start);
  two.router.give(two.node.take(), start + milliseconds(270));
  EXPECT_EQ(two.router.session.round_trip(), milliseconds(270));
  two.node.session.send(heartbeat{2}, start);
  two.router.give(two.node.take(), start + milliseconds(280));
  EXPECT_EQ(two.router.session.round_trip(), milliseconds(30));
}

TEST(session, ends_at_an_answer_to_no_heartbeat) {
  for (const std::uint64_t number : {0, 1, 3}) {
    linked two;
    two.router.session.send(heartbeat{1}, start);
    two.router.session.send(heartbeat{2}, start);
    two.router.give(sample::frames_of(to_router(heartbeat{2})));
    EXPECT_EQ(two.router.ended(), errc{});
    two.router.give(sample::frames_of(to_router(heartbeat{number})));
    EXPECT_EQ(two.router.ended(), errc::unknown_echo);
  }
}

TEST(session, gives_up_a_peer_that_says_no_hello) {
  router_side router(options_of("router-1"));
  const instant at = router.pass(milliseconds(10'000));
  EXPECT_EQ(router.ended(), errc::handshake_timeout);
  EXPECT_LE(at - start, milliseconds(3'100));
}

TEST(session, gives_up_a_peer_that_drips_its_hello) {
  router_side router(options_of("router-1"));
  const std::string greeting = node_side(options_of("node-1")).take();
  instant now = start;
  for (std::size_t i = 0; i < greeting.size() && !router.session.has_ended(); ++i) {
    router.give(greeting.substr(i, 1), now);
    now = router.pass(milliseconds(500), now);
  }
  EXPECT_EQ(router.ended(), errc::handshake_timeout);
  EXPECT_LE(now - start, milliseconds(3'100));
}

TEST(session, gives_up_a_peer_that_fell_silent) {
  linked two;
  const instant at = two.node.pass(milliseconds(10'000));
  EXPECT_EQ(two.node.ended(), errc::silent);
  EXPECT_LE(at - start, milliseconds(3'100));
}

TEST(session, keeps_a_peer_that_speaks_now_and_then) {
  linked two;
  instant now = start;
  for (std::uint64_t i = 1; i < 50; ++i) {
    now = two.node.pass(milliseconds(2'000), now);
    two.node.give(sample::frames_of(to_node(heartbeat{i})), now);
  }
  EXPECT_EQ(two.node.ended(), errc{});
}

TEST(session, gives_up_a_peer_that_does_not_read) {
  linked two;
  two.router.session.send(heartbeat{1}, start);
  instant now = start;
  for (int i = 0; i < 100 && !two.router.session.has_ended(); ++i) {
    two.router.give(sample::frames_of(to_router(taken{1})), now);  // but speaks
    now = two.router.pass(milliseconds(500), now);
  }
  EXPECT_EQ(two.router.ended(), errc::not_reading);
  EXPECT_LE(now - start, milliseconds(3'500));
}

TEST(session, gives_up_a_peer_that_reads_and_does_not_answer) {
  linked two;
  two.router.session.send(heartbeat{1}, start);
  (void)two.router.take();
  instant now = start;
  for (int i = 0; i < 100 && !two.router.session.has_ended(); ++i) {
    two.router.give(sample::frames_of(to_router(taken{1})), now);
    now = two.router.pass(milliseconds(500), now);
  }
  EXPECT_EQ(two.router.ended(), errc::not_reading);
}

TEST(session, blames_no_peer_for_time_in_which_this_process_stood_still) {
  linked two;
  two.router.session.tick(start + std::chrono::minutes(5));
  two.node.session.tick(start + std::chrono::minutes(5));
  EXPECT_EQ(two.router.ended(), errc{});
  EXPECT_EQ(two.node.ended(), errc{});
}

// Bounds.

TEST(session, ends_when_more_waits_than_may) {
  auto small = options_of("router-1");
  small.waiting_bytes_max = 100'000;
  linked two(small, options_of("node-1"));
  for (std::uint64_t i = 0; i < 10'000; ++i)
    two.router.session.send(subscription_caught_up{subscription_id{i}}, start);
  EXPECT_EQ(two.router.ended(), errc::queue_full);
  EXPECT_LE(two.router.session.out().size(), 101'000u);
  EXPECT_FALSE(two.router.session.has_last_word());
}

TEST(session, ends_at_a_message_that_fits_no_frame) {
  linked two;
  two.router.session.send(feed_began{table::generation{1}, partitions_max + 1, {}}, start);
  EXPECT_EQ(two.router.ended(), errc::message_too_large);
  two.exchange();
  EXPECT_EQ(two.node.ended(), errc::refused_by_peer);
}

TEST(errc, has_a_sentence_for_every_number) {
  std::size_t known = 0;
  for (int number = 1; number < 100; ++number)
    known += error_code(number, category()).message() != "unknown error of a link";
  EXPECT_EQ(known, 24u);
  EXPECT_EQ(error_code(99, category()).message(), "unknown error of a link");
}

// Between gateway and node.

struct carrying {
  carrying() : gateway(options_of("gateway-1")), node(options_of("node-1")) { exchange(); }
  void exchange(instant now = start) {
    for (int i = 0; i < 3; ++i) {
      node.give(gateway.take(), now);
      gateway.give(node.take(), now);
    }
  }
  end_of<gateway_end, to_gateway> gateway;
  end_of<serving_node_end, to_serving_node> node;
};

TEST(session, carries_streams_between_gateway_and_node) {
  carrying two;
  ASSERT_TRUE(two.gateway.session.is_up() && two.node.session.is_up());
  EXPECT_EQ(two.node.all.peer->as, role::gateway);
  for (const auto& each : sample::all_to_serving_node()) two.gateway.session.send(each, start);
  for (const auto& each : sample::all_to_gateway())
    if (!std::holds_alternative<heartbeat>(each)) two.node.session.send(each, start);
  two.exchange();
  EXPECT_EQ(two.gateway.ended(), errc{});
  EXPECT_EQ(two.node.ended(), errc{});
  EXPECT_EQ(two.node.all.messages.size(), sample::all_to_serving_node().size());
  ASSERT_EQ(two.gateway.all.messages.size(), sample::all_to_gateway().size() - 1);
  for (std::size_t i = 0; i < two.gateway.all.messages.size(); ++i)
    EXPECT_EQ(sample::frames_of(two.gateway.all.messages[i]), sample::frames_of(sample::all_to_gateway()[i]));
}

TEST(session, measures_the_way_to_a_node_and_back_at_the_gateway) {
  carrying two;
  two.gateway.session.send(heartbeat{7}, start);
  two.node.give(two.gateway.take());
  two.node.session.send(std::get<heartbeat>(two.node.all.messages.at(0)), start);
  two.gateway.give(two.node.take(), start + milliseconds(3));
  EXPECT_EQ(two.gateway.session.round_trip(), milliseconds(3));
  two.node.session.send(heartbeat{8}, start);
  two.exchange();
  EXPECT_EQ(two.gateway.ended(), errc::unknown_echo);
}

TEST(session, puts_the_pieces_of_a_large_answer_together) {
  carrying two;
  const std::string large = std::string(3'500'000, 'x') + "end";
  two.node.session.send(rows_answer{question_id{1}, large}, start);
  two.node.session.send(rows_answer{question_id{2}, "small"}, start);
  two.exchange();
  ASSERT_EQ(two.gateway.all.messages.size(), 2u);
  EXPECT_EQ(std::get<rows_answer>(two.gateway.all.messages[0]).json, large);
  EXPECT_EQ(std::get<rows_answer>(two.gateway.all.messages[1]).json, "small");
}

TEST(session, ends_at_a_piece_of_an_answer_that_does_not_fit) {
  for (const to_gateway& second :
       {to_gateway(rows_answer{question_id{1}, "b", 100}), to_gateway(sample::one_for_many({1}, 9))}) {
    carrying two;
    two.node.session.send(rows_answer{question_id{1}, "a", 3}, start);
    two.node.session.send(second, start);
    two.exchange();
    EXPECT_EQ(two.gateway.ended(), errc::out_of_bounds);
  }
}

TEST(session, refuses_a_gateway_where_a_node_belongs) {
  end_of<gateway_end, to_gateway> gateway(options_of("gateway-1"));
  router_side router(options_of("router-1"));
  router.give(gateway.take());
  EXPECT_EQ(router.ended(), errc::other_role);
}

}  // namespace
}  // namespace blotter::link
