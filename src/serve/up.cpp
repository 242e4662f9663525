#include "serve/up.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "feed/reject.hpp"
#include "http/server.hpp"
#include "metrics/registry.hpp"
#include "net/core.hpp"
#include "serve/feed_input.hpp"
#include "serve/membership.hpp"
#include "serve/node_core.hpp"
#include "serve/page_files.hpp"
#include "serve/questions.hpp"
#include "serve/requests.hpp"
#include "serve/router_core.hpp"
#include "serve/settings.hpp"

namespace blotter::serve {

namespace {

std::uint64_t chance() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::string member_name(const config::settings& s) {
  if (!s.text("member").empty()) return s.text("member");
  char name[16];
  std::snprintf(name, sizeof name, "up-%08x", static_cast<unsigned>(chance()));
  return name;
}

unsigned core_count(const config::settings& s) {
  const auto asked = static_cast<unsigned>(s.integer("cores"));
  return asked > 0 ? asked : std::max(1u, std::thread::hardware_concurrency());
}

http::server_options server_options_of(const config::settings& s) {
  http::server_options options;
  const listen_address at = listen_of(s.text("http"));
  const bool v6 = at.address.find(':') != std::string::npos;
  options.listen.at =
      *net::endpoint::parse((v6 ? "[" + at.address + "]" : at.address) + ":" + std::to_string(at.port));
  options.listen.send_buffer_size = static_cast<int>(s.size("send-buffer"));
  options.limits.head_time = s.duration("header-timeout");
  options.limits.viewers_max = static_cast<std::size_t>(s.integer("viewers-max"));
  options.origins = s.list("cors-origin");
  options.seed = chance();
  return options;
}

node::node_options node_options_of(const config::settings& s, const std::string& member) {
  node::node_options options;
  options.member = member;
  options.tables = {static_cast<std::size_t>(s.integer("tombstones-min")), chance()};
  options.viewers_max = static_cast<std::size_t>(s.integer("viewers-max"));
  options.viewers_per_client_max = static_cast<std::size_t>(s.integer("viewers-per-client-max"));
  options.stuck_time = s.duration("stuck-viewer");
  options.seed = chance();
  return options;
}

/// Up to so many cores the router shares one with a node: a thread more than there are processors would cost
/// each row a switch between them. On larger machines a router has enough to do to have its own.
constexpr unsigned shared_cores_max = 2;

/// Everything in one process: a feed, a router, and nodes on the cores that serve browsers.
class up {
 public:
  explicit up(const config::settings& s);
  ~up();
  int run();

 private:
  net::core& router_home() { return own_core_ ? *own_core_ : cores_[0]; }
  void begin_drain();
  void look_for_end();
  void publish();

  const config::settings& settings_;
  const std::string member_;
  metrics::registry cells_;
  metrics::counter& rejects_all_;
  std::vector<metrics::counter*> rejects_;
  const page_files page_;
  net::core_set cores_;
  const std::unique_ptr<net::core> own_core_;  // of the router, where it shares none
  router_core router_;
  membership members_;  // of the router's core
  questions questions_;
  http::server server_;
  std::vector<std::unique_ptr<node_core>> nodes_;
  feed_input feed_;

  boost::asio::io_context main_{1};
  boost::asio::signal_set signals_{main_, SIGINT, SIGTERM};
  boost::asio::steady_timer timer_{main_};
  instant drain_until_{};
};

up::up(const config::settings& s)
    : settings_(s),
      member_(member_name(s)),
      rejects_all_(
          cells_.add_counter({"blotter_feed_rejected_total", "Records of the feed that were refused."})),
      page_(s),
      cores_(core_count(s)),
      own_core_(cores_.size() > shared_cores_max ? std::make_unique<net::core>(cores_.size()) : nullptr),
      router_(router_home(), {.tables = {static_cast<std::size_t>(s.integer("tombstones-min")), chance()}},
              cells_),
      members_(member_, cells_),
      questions_(router_, members_, cells_),
      server_(cores_, server_options_of(s), surface(), &page_.files()),
      feed_(s, {router_home(), router_.outlet(), router_.own_outlet()}) {
  for (std::size_t i = 1; i < feed::reject_reason_bound; ++i) {
    const auto reason = static_cast<feed::reject_reason>(i);
    rejects_.push_back(&cells_.add_counter(
        {"blotter_feed_rejects_total", "Records of the feed that were refused, by reason."},
        {{"reason", std::string(feed::name_of(reason))}}));
  }
  for (unsigned i = 0; i < cores_.size(); ++i) {
    nodes_.push_back(std::make_unique<node_core>(
        node_options_of(s, member_),
        node_core::surroundings{
            cores_[i], cores_.size(), server_.streams(i), cells_,
            [this, i](link::to_router&& message) { return router_.send(i, std::move(message)); },
            [this](node_core& on, const http::request& asked, http::responder answer) {
              questions_.serve(on, asked, std::move(answer));
            },
            std::chrono::duration_cast<std::chrono::seconds>(s.duration("beat"))}));
    server_.plug(i, *nodes_[i], *nodes_[i]);
    nodes_[i]->link_up();
    router_.connect(
        [node = nodes_[i].get()](link::to_node&& message) { return node->send(std::move(message)); });
  }
  router_.every(std::chrono::seconds(1), [this](instant now) { members_.report(now); });
  cells_.seal();
}

up::~up() {
  // The feed first, so that nobody waits for the router; then whoever sends to the nodes; then the nodes.
  router_.close_feed();
  feed_.stop();
  if (own_core_) own_core_->stop();
  cores_.stop();
}

int up::run() {
  cores_.start();
  net::endpoint at;
  try {
    at = server_.listen();
  } catch (const std::exception& e) {
    throw config::refused({{settings_.source("http"), e.what()}});
  }
  // For people and for scripts that took port 0.
  std::printf("listening on http://%s\n", at.to_string().c_str());
  std::fflush(stdout);
  log::info("up", "started",
            {{"member", member_}, {"feed", settings_.text("feed")}, {"cores", cores_.size()}});
  const auto began = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  router_home().post([this, at = at.to_string(), began] { members_.serve(at, began); });
  if (own_core_) own_core_->start();
  router_.start();
  feed_.start();

  signals_.async_wait([this](error_code failed, int) {
    if (!failed) begin_drain();
  });
  publish();
  main_.run();
  log::info("up", "ended");
  return 0;
}

void up::begin_drain() {
  log::info("up", "draining");
  signals_.async_wait([this](error_code failed, int) {
    if (!failed) main_.stop();  // asked twice: at once
  });
  drain_until_ = std::chrono::steady_clock::now() + settings_.duration("drain");
  (void)router_.ask([this](router_core&) { members_.drain(); });
  server_.drain();
  for (auto& node : nodes_) node->core().post([node = node.get()] { node->drain(); });
  look_for_end();
}

void up::look_for_end() {
  const bool done = server_.figures().viewers == 0 && server_.figures().sessions == 0;
  if (done || std::chrono::steady_clock::now() >= drain_until_) return main_.stop();
  timer_.expires_after(milliseconds(10));
  timer_.async_wait([this](error_code failed) {
    if (!failed) look_for_end();
  });
}

void up::publish() {
  for (std::size_t i = 0; i < rejects_.size(); ++i) {
    metrics::counter& cell = *rejects_[i];
    cell.add(feed_.rejects().of(static_cast<feed::reject_reason>(i + 1)) - cell.value());
  }
  rejects_all_.add(feed_.rejects().total() - rejects_all_.value());
  if (drain_until_ != instant{}) return;
  timer_.expires_after(milliseconds(100));
  timer_.async_wait([this](error_code failed) {
    if (!failed) publish();
  });
}

}  // namespace

int run_up(const config::settings& s) {
  return std::make_unique<up>(s)->run();
}

}  // namespace blotter::serve
