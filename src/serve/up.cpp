#include "serve/up.hpp"

#include <cstdio>
#include <memory>
#include <vector>

#include "base/check.hpp"
#include "base/log.hpp"
#include "directory/local_directory.hpp"
#include "http/server.hpp"
#include "metrics/registry.hpp"
#include "net/core.hpp"
#include "serve/feed_input.hpp"
#include "serve/member_json.hpp"
#include "serve/membership.hpp"
#include "serve/node_core.hpp"
#include "serve/own_links.hpp"
#include "serve/page_files.hpp"
#include "serve/process.hpp"
#include "serve/questions.hpp"
#include "serve/requests.hpp"
#include "serve/router_core.hpp"

namespace blotter::serve {

namespace {

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
  void drain();

  const config::settings& settings_;
  const std::string member_;
  metrics::registry cells_;
  reject_cells rejects_;
  const page_files page_;
  net::core_set cores_;
  const std::unique_ptr<net::core> own_core_;  // of the router, where it shares none
  router_core router_;
  own_links links_;
  directory::local_directory directory_;  // of the router's core, as its one member
  membership members_;
  questions questions_;
  http::server server_;
  std::vector<std::unique_ptr<node_core>> nodes_;
  feed_input feed_;
};

up::up(const config::settings& s)
    : settings_(s),
      member_(member_name(s, "up")),
      rejects_(cells_),
      page_(s),
      cores_(core_count(s)),
      own_core_(cores_.size() > shared_cores_max ? std::make_unique<net::core>(cores_.size()) : nullptr),
      router_(router_home(), {.tables = table_limits_of(s)}, cells_),
      links_(router_),
      members_(directory_, member_, {directory::role::router, directory::role::node}, cells_,
               static_cast<std::uint64_t>(settings_.integer("viewers-max"))),
      questions_(
          router_,
          [this](std::string_view more) {
            return begin_cluster(members_.members()).append(more).append("}\n");
          },
          [] { return std::string(); }, cells_),
      server_(cores_, server_options_of(s), surface(), &page_.files()),
      feed_(s, {router_home(), router_.outlet(), router_.own_outlet()}) {
  for (unsigned i = 0; i < cores_.size(); ++i) {
    nodes_.push_back(std::make_unique<node_core>(
        node_options_of(s, member_),
        node_core::surroundings{
            cores_[i], cores_.size(), server_.streams(i), cells_,
            [this, i](node::link_id, link::to_router&& message) { links_.to_router(i, std::move(message)); },
            [this](kept_answers& on, const http::request& asked, http::responder answer) {
              questions_.serve(on, asked, std::move(answer));
            },
            std::chrono::duration_cast<std::chrono::seconds>(s.duration("beat"))}));
    server_.plug(i, *nodes_[i], *nodes_[i]);
    links_.connect(*nodes_[i]);
  }
  router_.every(std::chrono::seconds(1), [this](instant now) { check(members_.report(now).has_value()); });
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
  const net::endpoint at = listen(server_, settings_);
  // For people and for scripts that took port 0.
  std::printf("listening on http://%s\n", at.to_string().c_str());
  std::fflush(stdout);
  log::info("up", "started",
            {{"member", member_}, {"feed", settings_.text("feed")}, {"cores", cores_.size()}});
  const auto began = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  router_home().post([this, at = at.to_string(), began] { members_.serve({at}, began); });
  if (own_core_) own_core_->start();
  feed_.start();

  main_loop main(settings_.duration("drain"));
  main.run("up", {[this] { rejects_.publish(feed_.rejects()); }, [this] { drain(); },
                  [this] { return server_.figures().viewers == 0 && server_.figures().sessions == 0; }});
  return 0;
}

void up::drain() {
  (void)router_.ask([this](router_core&) { members_.drain(); });
  server_.drain();
  for (auto& node : nodes_) node->core().post([node = node.get()] { node->drain(); });
}

}  // namespace

int run_up(const config::settings& s) {
  return std::make_unique<up>(s)->run();
}

}  // namespace blotter::serve
