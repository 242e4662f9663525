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

#include "base/json_text.hpp"
#include "base/overloaded.hpp"
#include "hazelcast/cluster_directory.hpp"
#include "hazelcast/url.hpp"

namespace blotter::hazelcast {
namespace {

namespace asio = boost::asio;

constexpr const char* usage =
    "usage: directory_probe hazelcast://HOST:PORT[,…]/CLUSTER ID ROLE [SECONDS BY WHICH ITS CLOCK IS OFF]\n"
    "commands: members, drain, leave, cpu, quit\n";

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
  directory_options options{.grid = {.seeds = where->seeds,
                                     .cluster = where->cluster,
                                     .who = where->who,
                                     .name = "blotter " + id->text()},
                            .leases = {}};
  if (where->by == transport::tls) {
    const char* const authority = std::getenv("DIRECTORY_AUTHORITY");
    options.tls.emplace(tls_options{.authority = authority ? authority : ""});
  }
  options.grid.id = {chance() | 1u, chance()};
  options.grid.seed = chance();
  metrics::registry all;
  const directory_cells cells = add_directory_cells(all);
  all.seal();
  asio::io_context loop(1);
  const probe one(loop, std::move(options), cells, std::move(self));
  loop.run();
  return 0;
}

}  // namespace
}  // namespace blotter::hazelcast

int main(int count, char** words) {
  return blotter::hazelcast::run(count, words);
}
