#include <gtest/gtest.h>

#include <charconv>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "node/node.hpp"
#include "router/router.hpp"

// The way of a row through the cores that share it: a scripted feed, the router, a link whose messages come
// late, the node, and viewers that read slowly, break off and come back. Checked from outside: by the log and
// by what each viewer was sent.

namespace blotter {
namespace {

using table::change_kind;

struct entry {
  std::string client;
  std::string key;
  std::string value;  ///< empty: deleted
  table::position at;
};

/// What a browser would make of its stream.
class viewer_model {
 public:
  explicit viewer_model(std::string client) : client_(std::move(client)) {}

  void take(std::string_view events) {
    while (!events.empty()) {
      const auto end = events.find("\n\n");
      ASSERT_NE(end, std::string_view::npos) << "an event was cut: " << events;
      event(events.substr(0, end));
      events.remove_prefix(end + 2);
    }
  }

  const std::string& client() const { return client_; }
  std::map<std::string, std::string> rows;
  std::map<std::string, std::int64_t> versions;  ///< "partition:key" to offset: of live and deleted rows
  std::string id;
  std::string bye;
  bool live = false;
  bool current = true;
  bool hello = false;
  int resets = 0;
  int resumed = 0;
  std::size_t row_events = 0;
  std::vector<std::string> statuses;  ///< "current", or why stale

 private:
  void event(std::string_view block) {
    std::map<std::string, std::string> fields;
    while (!block.empty()) {
      const auto line = block.substr(0, block.find('\n'));
      block.remove_prefix(std::min(block.size(), line.size() + 1));
      const auto colon = line.find(": ");
      ASSERT_NE(colon, std::string_view::npos);
      fields[std::string(line.substr(0, colon))] = line.substr(colon + 2);
    }
    if (fields.contains("id")) id = fields["id"];
    const std::string& name = fields["event"];
    const std::string& data = fields["data"];
    if (name == "hello") {
      EXPECT_FALSE(hello) << "a second hello";
      hello = true;
      resumed += data.find("\"resumed\":true") != std::string::npos;
      if (data.find("\"reason\":\"new\"") != std::string::npos) forget();
    } else if (name == "reset") {
      ++resets;
      forget();
    } else if (name == "rows") {
      EXPECT_TRUE(hello);
      take_rows(data);
    } else if (name == "live" || (name == "beat" && data.find("count") != std::string::npos)) {
      live = true;
      table::checksum sum;
      for (const auto& [key, value] : rows) sum.add(table::key_hash(key), at_[key]);
      std::string expected = "\"count\":" + std::to_string(rows.size()) + ",\"checksum\":\"";
      sse::append_checksum(expected, sum);
      EXPECT_NE(data.find(expected), std::string::npos) << data << " but have " << expected;
    } else if (name == "status") {
      current = data.find("current") != std::string::npos;
      const auto why = data.find("\"reason\":\"");
      statuses.push_back(current ? "current" : data.substr(why + 10, data.find('"', why + 10) - why - 10));
    } else if (name == "bye") {
      bye = data;
    }
  }

  void forget() {
    rows.clear();
    versions.clear();
    at_.clear();
    live = false;
  }

  void take_rows(std::string_view data) {
    ++row_events;
    while (data.find("{\"key\":\"") != std::string_view::npos) {
      data.remove_prefix(data.find("{\"key\":\"") + 8);
      const std::string key(data.substr(0, data.find('"')));
      data.remove_prefix(data.find("\"v\":[") + 5);
      table::position at;
      at.partition = static_cast<std::uint32_t>(number(data));
      data.remove_prefix(1);
      at.offset = number(data);
      const std::string place = std::to_string(at.partition) + ":" + key;
      EXPECT_GT(at.offset, versions.contains(place) ? versions[place] : -1) << key << " twice, or going back";
      versions[place] = at.offset;
      if (data.starts_with("],\"deleted\":true}")) {
        rows.erase(key);
      } else {
        data.remove_prefix(data.find("\"row\":") + 6);
        rows[key] = data.substr(0, data.find('}') + 1);
        at_[key] = at;
        EXPECT_NE(rows[key].find("\"" + client_ + "\""), std::string::npos) << "a row of another client";
      }
    }
  }
  static std::int64_t number(std::string_view& from) {
    std::int64_t value = -1;
    const auto end = std::from_chars(from.data(), from.data() + from.size(), value).ptr;
    from.remove_prefix(static_cast<std::size_t>(end - from.data()));
    return value;
  }

  std::string client_;
  std::map<std::string, table::position> at_;
};

class world : node::sink, router::sink {
 public:
  explicit world(std::uint64_t seed, std::size_t tombstones = 1000, std::uint64_t window = 2000)
      : random(seed),
        router_({.tables = {.tombstones_min = tombstones, .seed = seed},
                 .window_bytes = window,
                 .message_rows_max = 1 + random.below(20)},
                *this),
        node_({.member = "n",
               .tables = {.tombstones_min = tombstones, .seed = seed},
               .viewers_max = 8,
               .viewers_per_client_max = 3,
               .idle_table_time = milliseconds(500),
               .event_bytes_max = 1 + random.below(400),
               .event_rows_max = 1 + random.below(10),
               .taken_step_bytes = 1 + random.below(window / 2),
               .seed = seed},
              *this) {
    link_up();
  }

  // The feed.
  void begin(std::uint64_t generation, std::uint32_t partitions) {
    log.clear();
    next_.assign(partitions, 0);
    handle(feed::generation_began{static_cast<table::generation>(generation), partitions, "again"});
  }
  void caught_up() {
    for (std::uint32_t p = 0; p < next_.size(); ++p) handle(feed::partition_caught_up{p, next_[p]});
  }
  void put(const std::string& client, const std::string& key, std::string value) {
    entry one{client, key, "", {}};
    one.at.partition = static_cast<std::uint32_t>(std::hash<std::string>{}(client + key) % next_.size());
    one.at.offset = next_[one.at.partition]++;
    if (!value.empty()) one.value = "{\"c\":\"" + client + "\",\"n\":" + value + "}";
    log.push_back(one);
    feed::change_batch batch;
    batch.changes.push_back({one.client,
                             one.key,
                             one.value,
                             one.at,
                             {},
                             value.empty() ? change_kind::erase : change_kind::put,
                             nullptr});
    handle(std::move(batch));
  }
  void handle(const feed::event& what) { router_.handle(what, now); }

  // The link: messages wait until somebody lets them through.
  void link_up() {
    ++link_;
    linked = true;
    router_.link_up(router::link_id{link_}, now);
    node_.link_up(node::link_id{link_}, now);
  }
  void link_lost() {
    linked = false;
    to_node_.clear();
    to_router_.clear();
    router_.link_lost(router::link_id{link_}, now);
    node_.link_lost(node::link_id{link_}, now);
  }
  void deliver(std::size_t messages) {
    for (; messages > 0; --messages) {
      while (router_.flush()) {
      }
      if (to_node_.empty() && to_router_.empty()) return;
      if (!to_router_.empty() && (to_node_.empty() || random.below(2))) {
        auto message = std::move(to_router_.front());
        to_router_.pop_front();
        router_.received(router::link_id{link_}, std::move(message), now);
      } else {
        auto message = std::move(to_node_.front());
        to_node_.pop_front();
        node_.received(node::link_id{link_}, std::move(message), now);
      }
    }
  }

  // Viewers.
  std::uint32_t open(const std::string& client, const viewer_model* before = nullptr) {
    auto model = std::make_unique<viewer_model>(client);
    std::optional<std::string_view> bookmark;
    std::string id;
    if (before) {
      *model = *before;
      model->hello = model->live = false;
      model->current = true;
      id = before->id;
      if (!id.empty()) bookmark = id;
    }
    opening_ = std::move(model);
    const auto slot =
        static_cast<std::uint32_t>(node_.open({client, bookmark, std::chrono::seconds(1)}, now));
    viewers[slot] = std::move(opening_);
    return slot;
  }
  void close(std::uint32_t slot) {
    viewers.erase(slot);
    blocked.erase(slot);
    node_.closed(node::viewer_id{slot}, now);
  }
  void writable(std::uint32_t slot) {
    blocked.erase(slot);
    node_.writable(node::viewer_id{slot}, now);
  }
  void pass(milliseconds time) {
    for (; time.count() > 0; time -= milliseconds(50)) {
      now += milliseconds(50);
      router_.tick(now);
      node_.tick(now, wall_time(milliseconds(1)));
      deliver(1000);
      flush();
    }
  }
  void flush() {
    while (node_.flush(now)) {
    }
  }
  void settle() {
    if (!linked) link_up();
    while (!blocked.empty()) writable(*blocked.begin());
    block_chance = 0;
    pass(milliseconds(1500));
  }

  std::map<std::string, std::string> truth(const std::string& client) const {
    std::map<std::string, std::string> rows;
    for (const entry& each : log) {
      if (each.client != client) continue;
      if (each.value.empty())
        rows.erase(each.key);
      else
        rows[each.key] = each.value;
    }
    return rows;
  }

  random_source random;
  std::vector<entry> log;
  std::map<std::uint32_t, std::unique_ptr<viewer_model>> viewers;
  std::set<std::uint32_t> blocked;
  std::uint64_t block_chance = 0;  ///< in 100
  bool linked = false;
  instant now{std::chrono::hours(1)};
  std::vector<std::string> answers;
  std::map<std::uint32_t, node::sink::ending> ended;
  using node::sink::ending;

  router::router& the_router() { return router_; }
  node::node& the_node() { return node_; }

 private:
  bool send(node::viewer_id to, std::string_view events) override {
    const auto slot = static_cast<std::uint32_t>(to);
    EXPECT_FALSE(blocked.contains(slot)) << "sent to a viewer that could take no more";
    const auto found = viewers.find(slot);
    (found != viewers.end() ? *found->second : *opening_).take(events);
    if (random.below(100) >= block_chance) return true;
    blocked.insert(slot);
    return false;
  }
  void end(node::viewer_id which, ending how) override { ended[static_cast<std::uint32_t>(which)] = how; }
  void send(node::link_id, link::to_router message) override { to_router_.push_back(std::move(message)); }
  void answer(node::request_id, std::string json) override { answers.push_back(std::move(json)); }
  void send(router::link_id to, link::to_node message) override {
    if (static_cast<std::uint32_t>(to) == link_) to_node_.push_back(std::move(message));
  }

  std::vector<table::record_offset> next_;
  std::deque<link::to_node> to_node_;
  std::deque<link::to_router> to_router_;
  std::unique_ptr<viewer_model> opening_;
  std::uint32_t link_ = 0;
  router::router router_;
  node::node node_;
};

using rows_of = std::map<std::string, std::string>;

struct loaded_world : world {
  loaded_world() : world(1) {
    begin(1, 4);
    put("c1", "A", "1");
    put("c1", "B", "2");
    put("c2", "A", "3");
    caught_up();
  }
};

TEST(router_and_node, bring_a_viewer_its_own_rows_and_then_each_change) {
  loaded_world all;
  const auto slot = all.open("c1");
  all.settle();
  EXPECT_TRUE(all.viewers[slot]->live);
  EXPECT_TRUE(all.viewers[slot]->current);
  EXPECT_EQ(all.viewers[slot]->rows, all.truth("c1"));
  all.put("c1", "A", "9");
  all.put("c1", "B", "");
  all.settle();
  EXPECT_EQ(all.viewers[slot]->rows, (rows_of{{"A", "{\"c\":\"c1\",\"n\":9}"}}));
}

TEST(router_and_node, forward_only_rows_of_clients_with_viewers) {
  loaded_world all;
  all.open("c1");
  all.settle();
  const auto before = all.the_node().counters().rows_received;
  for (int i = 0; i < 50; ++i) all.put("c2", "A", std::to_string(i));
  all.settle();
  EXPECT_EQ(all.the_node().counters().rows_received, before);
}

TEST(router_and_node, resume_a_viewer_with_only_what_changed) {
  loaded_world all;
  const auto slot = all.open("c1");
  all.settle();
  const viewer_model before = *all.viewers[slot];
  all.close(slot);
  all.put("c1", "B", "7");
  const auto again = all.open("c1", &before);
  all.settle();
  EXPECT_EQ(all.viewers[again]->resumed, 1);
  EXPECT_EQ(all.viewers[again]->row_events, before.row_events + 1);
  EXPECT_EQ(all.viewers[again]->rows, all.truth("c1"));
}

TEST(router_and_node, resume_at_a_process_that_started_empty) {
  viewer_model before("c1");
  {
    loaded_world first;
    const auto slot = first.open("c1");
    first.put("c9", "quiet", "1");
    first.settle();
    before = *first.viewers[slot];
  }
  loaded_world second;
  second.put("c9", "quiet", "1");
  second.put("c1", "C", "3");
  const auto again = second.open("c1", &before);
  second.settle();
  EXPECT_EQ(second.viewers[again]->resets, 0);
  EXPECT_EQ(second.viewers[again]->resumed, 1);
  EXPECT_EQ(second.viewers[again]->row_events, before.row_events + 1);
  EXPECT_EQ(second.viewers[again]->rows, second.truth("c1"));
}

TEST(router_and_node, reset_every_viewer_once_when_the_feed_begins_anew) {
  loaded_world all;
  const auto slot = all.open("c1");
  all.settle();
  all.begin(2, 3);
  all.pass(milliseconds(200));
  EXPECT_FALSE(all.viewers[slot]->current) << "old rows must not be shown as live";
  all.put("c1", "Z", "1");
  all.caught_up();
  all.settle();
  EXPECT_EQ(all.viewers[slot]->resets, 1);
  EXPECT_TRUE(all.viewers[slot]->current);
  EXPECT_EQ(all.viewers[slot]->rows, all.truth("c1"));
}

TEST(router_and_node, say_within_two_seconds_that_rows_may_be_behind) {
  loaded_world all;
  const auto slot = all.open("c1");
  all.settle();
  all.handle(feed::feed_lost{"broker lost"});
  all.pass(milliseconds(100));
  EXPECT_FALSE(all.viewers[slot]->current);
  all.handle(feed::feed_restored{});
  all.pass(milliseconds(100));
  EXPECT_TRUE(all.viewers[slot]->current);
  all.link_lost();
  all.pass(milliseconds(100));
  EXPECT_FALSE(all.viewers[slot]->current);
  all.link_up();
  all.pass(milliseconds(200));
  EXPECT_TRUE(all.viewers[slot]->current);
  EXPECT_EQ(all.viewers[slot]->resets, 0);
}

TEST(router_and_node, notice_a_router_that_hangs) {
  loaded_world all;
  const auto slot = all.open("c1");
  all.settle();
  for (int i = 0; i < 20; ++i) {
    all.now += milliseconds(50);
    all.the_node().tick(all.now, {});
    all.flush();
  }
  EXPECT_FALSE(all.viewers[slot]->current);
  all.settle();
  EXPECT_TRUE(all.viewers[slot]->current);
}

TEST(router_and_node, do_not_take_a_stall_of_ones_own_for_the_routers) {
  loaded_world all;
  const auto slot = all.open("c1");
  all.settle();
  all.viewers[slot]->statuses.clear();
  all.now += std::chrono::seconds(30);  // frozen, and thawed
  all.pass(milliseconds(500));
  EXPECT_EQ(all.viewers[slot]->statuses, (std::vector<std::string>{"node", "current"}))
      << "it was shown nothing for long, and no router is to blame";
}

TEST(router_and_node, refuse_forged_bookmarks_with_a_reset_and_the_whole_table) {
  // Nonsense, cut short, beyond the end of a partition, too long.
  for (const std::string& forged : std::vector<std::string>{"not-one", "x", "1AAAA", "1AAAAAAAAAAEA-P__fw",
                                                            "1" + std::string(5000, 'A')}) {
    loaded_world all;
    viewer_model before("c1");
    before.id = forged;
    const auto slot = all.open("c1", &before);
    all.settle();
    EXPECT_EQ(all.viewers[slot]->resets, 1) << forged;
    EXPECT_EQ(all.viewers[slot]->rows, all.truth("c1"));
  }
}

TEST(router_and_node, answer_a_question_for_rows_as_soon_as_the_table_is_there) {
  loaded_world all;
  all.the_node().ask_rows(node::request_id{1}, "c2", all.now);
  EXPECT_TRUE(all.answers.empty());
  all.settle();
  ASSERT_EQ(all.answers.size(), 1u);
  EXPECT_NE(all.answers[0].find("\"count\":1"), std::string::npos) << all.answers[0];
  EXPECT_NE(all.answers[0].find("\"rows\":[{\"key\":\"A\""), std::string::npos) << all.answers[0];
}

TEST(router_and_node, admit_no_more_viewers_than_are_allowed) {
  loaded_world all;
  all.open("c1");
  EXPECT_TRUE(all.the_node().admit("c1"));
  all.open("c1");
  all.open("c1");
  EXPECT_EQ(all.the_node().admit("c1").error(), node::node_errc::viewers_per_client_max);
  EXPECT_TRUE(all.the_node().admit("c2"));
  for (int i = 0; i < 5; ++i) all.open("c2" + std::to_string(i));
  EXPECT_EQ(all.the_node().admit("c9").error(), node::node_errc::viewers_max);
  EXPECT_EQ(all.the_node().counters().viewers_refused, 2u);
}

TEST(router_and_node, let_a_viewer_go_to_whom_nothing_can_be_sent_and_no_other) {
  loaded_world all;
  const auto stuck = all.open("c1");
  const auto well = all.open("c1");
  all.settle();
  all.block_chance = 100;
  all.put("c1", "A", "5");
  all.deliver(100);
  all.flush();
  ASSERT_TRUE(all.blocked.contains(stuck));
  all.writable(well);
  all.block_chance = 0;
  all.pass(std::chrono::seconds(29));
  EXPECT_TRUE(all.ended.empty());
  all.pass(std::chrono::seconds(3));
  EXPECT_EQ(all.ended, (std::map<std::uint32_t, world::ending>{{stuck, world::ending::at_once}}));
  EXPECT_EQ(all.the_node().counters().viewers_stuck, 1u);
}

TEST(router_and_node, say_goodbye_with_a_bookmark_when_the_process_ends) {
  loaded_world all;
  const auto slot = all.open("c1");
  all.settle();
  all.viewers[slot]->id.clear();
  all.the_node().drain();
  EXPECT_EQ(all.viewers[slot]->bye, "{\"code\":1,\"reason\":\"shutdown\",\"reconnect\":true}");
  EXPECT_FALSE(all.viewers[slot]->id.empty());
  EXPECT_EQ(all.ended[slot], world::ending::after_sent);
}

TEST(router_and_node, forget_the_tables_of_clients_without_viewers_after_a_while) {
  loaded_world all;
  const auto slot = all.open("c1");
  all.settle();
  all.close(slot);
  all.settle();
  EXPECT_EQ(all.the_node().tables().tables(), 0u);
  EXPECT_EQ(all.the_router().subscriptions(), 0u);
}

TEST(router_and_node, carry_an_id_with_every_row_also_where_it_outweighs_the_row) {
  world all(3, 1000, 1 << 20);
  all.begin(1, 256);
  for (int i = 0; i < 3000; ++i) all.put("c1", "K" + std::to_string(i), "1");
  all.caught_up();
  const auto slot = all.open("c1");
  all.settle();
  const std::string first = all.viewers[slot]->id;
  EXPECT_GT(first.size(), 512u);
  all.put("c1", "K1", "2");
  all.deliver(100);
  all.flush();
  EXPECT_NE(all.viewers[slot]->id, first) << "a viewer is never ahead of its bookmark";
  const viewer_model before = *all.viewers[slot];
  const auto sent = all.the_node().counters().rows_sent;
  all.close(slot);
  const auto again = all.open("c1", &before);
  all.settle();
  EXPECT_EQ(all.viewers[again]->resumed, 1);
  EXPECT_EQ(all.the_node().counters().rows_sent, sent) << "nothing comes twice";
  EXPECT_EQ(all.viewers[again]->rows, all.truth("c1"));
}

/// One random life with everything that can go wrong between feed and viewer.
void live(std::uint64_t seed) {
  world all(seed, seed % 3 ? 1000 : 3, 200 + seed * 37 % 3000);
  random_source& random = all.random;
  std::uint64_t generation = 1;
  const auto clients = 1 + random.below(5);
  const auto keys = 1 + random.below(15);
  const auto client = [&] { return "c" + std::to_string(random.below(clients)); };
  all.begin(generation, static_cast<std::uint32_t>(1 + random.below(6)));
  all.block_chance = random.below(3) * 20;
  bool loading = true;
  std::vector<viewer_model> left;

  for (int step = 0; step < 200 && !testing::Test::HasFailure(); ++step) {
    switch (random.below(12)) {
      case 0:
        if (const auto name = client(); all.the_node().admit(name)) all.open(name);
        break;
      case 1:
        if (all.viewers.empty()) break;
        left.push_back(*all.viewers.begin()->second);
        all.close(all.viewers.begin()->first);
        break;
      case 2:
        if (left.empty() || left.back().id.empty() || !all.the_node().admit(left.back().client())) break;
        // What was sent after the last id comes again: a viewer applies it once more.
        left.back().versions.clear();
        all.open(left.back().client(), &left.back());
        left.pop_back();
        break;
      case 3:
        if (!all.blocked.empty()) all.writable(*all.blocked.begin());
        break;
      case 4:
        all.pass(milliseconds(static_cast<int>(random.below(300))));
        break;
      case 5:
        if (random.below(4) == 0) {
          all.begin(++generation, static_cast<std::uint32_t>(1 + random.below(6)));
          loading = true;
          for (auto& each : left) each.versions.clear();
        }
        break;
      case 6:
        if (loading) all.caught_up();
        loading = false;
        break;
      case 7:
        if (random.below(3) == 0) all.linked ? all.link_lost() : all.link_up();
        break;
      case 8:
        all.deliver(random.below(10));
        break;
      default:
        for (auto n = random.below(20); n > 0; --n)
          all.put(client(), "k" + std::to_string(random.below(keys)),
                  random.below(4) ? std::to_string(step) : std::string());
    }
    all.flush();
  }
  if (loading) all.caught_up();
  all.settle();
  for (const auto& [slot, viewer] : all.viewers) {
    EXPECT_TRUE(viewer->live);
    EXPECT_TRUE(viewer->current);
    EXPECT_EQ(viewer->rows, all.truth(viewer->client()));
  }
}

TEST(router_and_node, keep_every_promise_in_two_thousand_random_lives) {
  for (std::uint64_t seed = 0; seed < 2000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    live(seed);
  }
}

}  // namespace
}  // namespace blotter
