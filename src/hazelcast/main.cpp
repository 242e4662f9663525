// A process that is a member of the directory and nothing else, for tests with real Hazelcast members: it
// reports each second, writes down what it hears as lines of JSON, and does what its standard input says.
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "base/json_text.hpp"
#include "base/overloaded.hpp"
#include "hazelcast/cluster_directory.hpp"
#include "hazelcast/url.hpp"
#include "hazelcast/value.hpp"

namespace blotter::hazelcast {
namespace {

namespace asio = boost::asio;

constexpr const char* usage =
    "usage: directory_probe hazelcast://HOST:PORT[,…]/CLUSTER ID ROLE [SECONDS BY WHICH ITS CLOCK IS OFF]\n"
    "       directory_probe hazelcast://HOST:PORT[,…]/CLUSTER trial KEYS\n"
    "The first is a member; its commands: members, drain, leave, cpu, quit. The second tries everything that "
    "can be\n"
    "asked of a map on that many keys of the map \"trial\", and leaves those with even numbers there.\n";

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

class probe final : public listener {
 public:
  probe(asio::io_context& loop, directory_options options, directory_cells cells, member self)
      : loop_(loop),
        timer_(loop),
        input_(loop, 0),
        directory_(loop, std::move(options), cells),
        self_(std::move(self)) {
    directory_.add_listener(*this);
    if (const auto joined = directory_.join(self_); !joined) say("refused", joined.error().message());
    report();
    watch();
    obey();
  }

  void hear(const event& what) override {
    const overloaded by_kind{[](const directory::member_joined& is) { say("joined", is.who.id.text()); },
                             [](const directory::member_changed& is) { say("changed", is.who.id.text()); },
                             [](const directory::member_left& is) {
                               constexpr const char* reasons[] = {"left", "silent", "replaced"};
                               say("left", is.who.text(), "why", reasons[static_cast<std::size_t>(is.why)]);
                             }};
    std::visit(by_kind, what);
  }

 private:
  static void say(const char* key, std::string_view value, const char* more = nullptr,
                  std::string_view what = {}) {
    const auto time =
        std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    std::printf("{\"t\": %lld, \"%s\": %s", static_cast<long long>(time.count()), key, quoted(value).c_str());
    if (more) std::printf(", \"%s\": %s", more, quoted(what).c_str());
    std::printf("}\n");
    std::fflush(stdout);
  }

  /// Each second, as a member does.
  void report() {
    ++self_.load.number;
    self_.load.viewers = self_.load.number * 10;
    self_.load.busy = 0.25;
    if (!gone_) {
      const auto reported = directory_.report(self_.id, self_.load);
      if (!reported) say("refused", reported.error().message());
      gone_ = !reported;
    }
    timer_.expires_after(milliseconds(1'000));
    timer_.async_wait([this](error_code failed) {
      if (!failed) report();
    });
  }

  void watch() {
    const standing& is = directory_.state();
    if (is.connected != connected_ || (!is.connected && is.reason != reason_)) {
      say("state", is.connected ? "connected" : "away", "reason", is.reason);
      connected_ = is.connected;
      reason_ = is.reason;
    }
    for (const refused_record& each : directory_.set_aside())
      if (aside_ != each.key + error_code(each.why).message()) {
        aside_ = each.key + error_code(each.why).message();
        say("set_aside", each.key, "why", error_code(each.why).message());
      }
    if (quitting_ && directory_.settled()) return loop_.stop();
    watch_.expires_after(milliseconds(10));
    watch_.async_wait([this](error_code) { watch(); });
  }

  void obey() {
    asio::async_read_until(input_, asio::dynamic_buffer(text_), '\n',
                           [this](error_code failed, std::size_t size) {
                             obey(failed ? "quit" : text_.substr(0, size - 1));
                             if (failed) return;
                             text_.erase(0, size);
                             obey();
                           });
  }

  void obey(const std::string& command) {
    if (command == "members") {
      std::string all;
      for (const member& each : directory_.members()) all += (all.empty() ? "" : " ") + each.id.text();
      say("members", all);
    } else if (command == "drain") {
      (void)directory_.enter(self_.id, directory::stage::draining);
    } else if (command == "leave" || command == "quit") {
      directory_.leave(self_.id);
      gone_ = true;
      quitting_ = command == "quit";
    } else if (command == "cpu") {
      say("cpu_ms", std::to_string(std::clock() * 1'000 / CLOCKS_PER_SEC));
    }
  }

  asio::io_context& loop_;
  asio::steady_timer timer_;
  asio::steady_timer watch_{loop_};
  asio::posix::stream_descriptor input_;
  cluster_directory directory_;
  member self_;
  std::string text_;
  std::string reason_;
  std::string aside_;
  bool connected_ = false;
  bool gone_ = false;
  bool quitting_ = false;
};

/// Asks one thing after another, and says what was answered otherwise than it must be.
class trial final : public client_listener {
 public:
  trial(asio::io_context& loop, client_options options, int keys)
      : loop_(loop),
        timer_(loop),
        wires_(loop, std::nullopt),
        one_(std::move(options), wires_, *this),
        keys_(keys) {
    wires_.attach(one_);
    tick();
  }

  void client_ready(instant now) override { next(now); }
  void client_away(error_code, const address&, instant) override {}
  void cluster_changed(instant) override {}
  void entry_changed(const entry_event&, instant) override {}

 private:
  struct question {
    const char* name;
    request what;
    std::string answer;  // a text, "true", "false" or "none"
  };

  void tick() {
    one_.tick(instant::clock::now());
    timer_.expires_after(milliseconds(20));
    timer_.async_wait([this](error_code) { tick(); });
  }

  std::vector<question> questions() const {
    const std::string key =
        serialize_text("key-" + std::to_string(key_) + (key_ % 3 == 0 ? "-\xC3\xA4\xE2\x82\xAC" : ""));
    const std::string a = serialize_json("{\"a\":1}"), b = serialize_text("b \xF0\x9F\x98\x80"),
                      c = serialize_json("[]");
    const auto at = partition_of(key, one_.view().partition_count());
    constexpr time_to_live hour{3'600'000};
    return {{"put if absent", map_put_if_absent(map_, key, a, hour, at), "none"},
            {"put if absent, again", map_put_if_absent(map_, key, b, hour, at), "{\"a\":1}"},
            {"replace if same", map_replace_if_same(map_, key, a, b, at), "true"},
            {"replace if same, again", map_replace_if_same(map_, key, a, b, at), "false"},
            {"set time to live", map_set_ttl(map_, key, hour, at), "true"},
            {"get", map_get(map_, key, at), "b \xF0\x9F\x98\x80"},
            {"put", map_put(map_, key, c, time_to_live(0), at), "b \xF0\x9F\x98\x80"},
            {"remove if same, of another", map_remove_if_same(map_, key, b, at), "false"},
            key_ % 2 == 0 ? question{"get", map_get(map_, key, at), "[]"}
                          : question{"remove", map_remove(map_, key, at), "[]"}};
  }

  void next(instant now) {
    std::vector<question> all = questions();
    if (step_ == all.size()) {
      step_ = 0;
      if (++key_ == keys_) {
        std::printf("{\"trial\": %d, \"wrong\": %d}\n", keys_, wrong_);
        return loop_.stop();
      }
      all = questions();
    }
    question& asked = all[step_++];
    const auto then = [this, name = asked.name, expected = asked.answer](result<message> answer, instant at) {
      const std::string got = answer ? text_of(*answer, expected) : answer.error().message();
      if (got != expected) ++wrong_;
      if (got != expected) std::fprintf(stderr, "%d %s: %s\n", key_, name, got.c_str());
      next(at);
    };
    if (!one_.call(std::move(asked.what), repeat::no, now, then)) loop_.stop();
  }

  static std::string text_of(message answer, const std::string& expected) {
    if (expected == "true" || expected == "false") return read_flag(answer).value() ? "true" : "false";
    const auto before = read_value(answer);
    if (!before || !*before) return "none";
    const auto read = deserialize(**before);
    return read ? std::string(read->text) : "neither text nor JSON";
  }

  asio::io_context& loop_;
  asio::steady_timer timer_;
  asio_wires wires_;
  client one_;
  const std::string map_ = "trial";
  int keys_;
  int key_ = 0;
  std::size_t step_ = 0;
  int wrong_ = 0;
};

int run(int count, char** words) {
  const auto where = count >= 4 ? parse_url(words[1]) : result<url>(error_code());
  const auto id = count >= 4 ? member_id::parse(words[2]) : result<member_id>(error_code());
  if (!where || !id) {
    std::fputs(usage, stderr);
    return 2;
  }
  member self{.id = *id, .address = "127.0.0.1:1"};
  for (const auto each : {directory::role::router, directory::role::node, directory::role::gateway})
    if (to_text(each) == words[3]) self.roles.push_back(each);
  const auto off = std::chrono::seconds(count > 4 ? std::atoi(words[4]) : 0);
  self.started = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now() + off);
  std::random_device chance;
  const auto bits = [&chance] { return std::uint64_t{chance()} << 32 | chance(); };
  const uuid any{bits(), bits()};
  directory_options options = options_for(*where, *id, any);
  const char* const authority = std::getenv("DIRECTORY_AUTHORITY");
  if (options.tls && authority) options.tls->authority = authority;
  metrics::registry all;
  const directory_cells cells = add_directory_cells(all);
  all.seal();
  asio::io_context loop(1);
  if (id->text() == "trial") {
    const trial one(loop, std::move(options.grid), std::atoi(words[3]));
    loop.run();
    return 0;
  }
  const probe one(loop, std::move(options), cells, std::move(self));
  loop.run();
  return 0;
}

}  // namespace
}  // namespace blotter::hazelcast

int main(int count, char** words) {
  return blotter::hazelcast::run(count, words);
}
