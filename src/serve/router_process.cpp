#include "serve/router_process.hpp"

#include <atomic>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "http/server.hpp"
#include "serve/cluster_home.hpp"
#include "serve/cluster_links.hpp"
#include "serve/feed_input.hpp"
#include "serve/partition_keeper.hpp"
#include "serve/process.hpp"
#include "serve/questions.hpp"
#include "serve/requests.hpp"

namespace blotter::serve {

namespace {

constexpr milliseconds keeper_period{50};
/// For the directory to hear that we have gone: else the others wait for our lease to end.
constexpr milliseconds farewell_max{1'000};

/// What a router answers over HTTP: everything but the streams and rows of clients.
class router_pages final : public http::service, public http::event_connection_owner {
 public:
  router_pages(net::core& on, questions& asked) : questions_(asked), kept_(on) {
    on.every(std::chrono::seconds(1), [this](instant) { kept_.sweep({}); });
  }

 private:
  unsigned owner(const http::request&) override { return 0; }
  void serve(http::request asked, http::responder answer) override {
    questions_.serve(kept_, asked, std::move(answer));
  }
  void writable(http::viewer) override {}
  void closed(http::viewer, http::close_reason) override {}

  questions& questions_;
  kept_answers kept_;
};

/// A router: one core with the router, its links, the directory and a small HTTP surface, and the threads of
/// the source.
class router_process {
 public:
  explicit router_process(const config::settings& s);
  ~router_process();
  int run();

 private:
  net::core& core() { return cores_[0]; }
  feed::partition_source& source();
  void drain();
  void leave_when_due(instant now);

  const config::settings& settings_;
  const std::string member_;
  metrics::registry cells_;
  reject_cells rejects_;
  net::core_set cores_{1};
  router_core router_;
  cluster_home home_;
  links_to_nodes links_;
  questions questions_;
  router_pages pages_;
  http::server server_;
  feed_input feed_;
  partition_keeper keeper_;
  std::optional<instant> leave_by_;  ///< on the router's core: once it drains
  bool leaving_ = false;
  std::atomic<bool> left_{false};
  main_loop main_;
};

router::router_options router_options_of(const config::settings& s) {
  return {.tables = {static_cast<std::size_t>(s.integer("tombstones-min")), chance()},
          .memory_bytes_max = static_cast<std::size_t>(s.size("memory-max"))};
}

router_process::router_process(const config::settings& s)
    : settings_(s),
      member_(member_name(s, "router")),
      rejects_(cells_),
      router_(core(), router_options_of(s), cells_),
      home_(core(), s, member_, directory::role::router, cells_, cells_),
      links_(router_, core(), home_.link_options(directory::role::router), endpoint_of(s, "link"),
             [this](const std::string& node, bool linked) {
               keeper_.linked(node, linked, std::chrono::steady_clock::now());
             }),
      questions_(
          router_, [this](std::string_view more) { return home_.json(more); },
          [this]() -> std::string { return keeper_.has_looked() ? "" : "waiting to see who else is there"; },
          cells_),
      pages_(core(), questions_),
      server_(cores_, server_options_of(s), router_surface(), nullptr),
      feed_(s, {core(), router_.outlet(), router_.own_outlet()}),
      keeper_(
          home_.id(), {.replicas = static_cast<std::uint32_t>(s.integer("replicas"))}, router_, source(),
          [this](const directory::feed_share& share) { (void)home_.directory().share(home_.id(), share); }),
      main_(s.duration("hand-over") + farewell_max) {
  server_.plug(0, pages_, pages_);
  home_.on_change([this] { keeper_.see(home_.members(), std::chrono::steady_clock::now()); });
  home_.on_lost([this] { main_.end(1); });
  router_.every(keeper_period, [this](instant now) {
    keeper_.tick(home_.sight(), now);
    leave_when_due(now);
  });
  cells_.seal();
}

router_process::~router_process() {
  router_.close_feed();
  feed_.stop();
  cores_.stop();
}

feed::partition_source& router_process::source() {
  if (!feed_.partitions())
    throw config::refused(
        {{settings_.source("feed"),
          "a router shares its feed with others and so reads a topic: kafka://HOST:PORT/TOPIC"}});
  return *feed_.partitions();
}

int router_process::run() {
  cores_.start();
  const net::endpoint at = listen(server_, settings_);
  std::printf("listening on http://%s, for links on %s\n", at.to_string().c_str(),
              links_.at().to_string().c_str());
  std::fflush(stdout);
  log::info(
      "router", "started",
      {{"member", member_}, {"feed", settings_.text("feed")}, {"directory", settings_.text("directory")}});
  const auto began = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  core().post([this, at = advertised(settings_, at), began] {
    home_.serve({.address = at, .link_address = advertised(settings_, links_.at()), .topic = home_.topic()},
                began);
    links_.start();
  });
  feed_.start();
  main_.run("router", {[this] { rejects_.publish(feed_.rejects()); }, [this] { drain(); },
                       [this] { return left_.load(); }});
  return main_.code();
}

void router_process::drain() {
  core().post([this] {
    const instant now = std::chrono::steady_clock::now();
    leave_by_ = now + settings_.duration("hand-over");
    home_.drain();
    keeper_.drain(now);
  });
  server_.drain();
}

void router_process::leave_when_due(instant now) {
  if (!leave_by_ || (now < *leave_by_ && !keeper_.drained())) return;
  if (!std::exchange(leaving_, true)) return home_.leave();
  if (home_.left()) left_ = true;
}

}  // namespace

int run_router(const config::settings& s) {
  return std::make_unique<router_process>(s)->run();
}

}  // namespace blotter::serve
