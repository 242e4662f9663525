#include "serve/gateway_process.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "http/problem.hpp"
#include "serve/client_lists.hpp"
#include "serve/cluster_home.hpp"
#include "serve/gateway_core.hpp"
#include "serve/gateway_text.hpp"
#include "serve/links_to_serving_nodes.hpp"
#include "serve/page_files.hpp"
#include "serve/placement_desk.hpp"
#include "serve/process.hpp"
#include "serve/questions.hpp"
#include "serve/requests.hpp"
#include "serve/server_cells.hpp"

namespace blotter::serve {

namespace {

constexpr milliseconds farewell_period{20};

/// A gateway: a share of it on each core, each with links of its own to every core of every node. The first
/// core has the directory.
class gateway_process {
 public:
  explicit gateway_process(const config::settings& s);
  ~gateway_process();
  int run();

 private:
  struct share {
    std::unique_ptr<gateway_core> gateway;
    std::unique_ptr<links_to_serving_nodes> links;
  };
  using findings = std::shared_ptr<std::vector<gateway_finding>>;

  void add_share(unsigned core);
  /// On the first core: tells every share who is there.
  void see_members();
  void answer(kept_answers& on, const http::request& asked, http::responder answer);
  void answer_cluster(kept_answers& on, http::responder answer);
  /// Asks this core and those behind it, one by one; `then` is called on the last.
  void ask_cores(unsigned core, findings all, std::function<void(const findings&)> then);
  bool ready(const kept_answers& on);
  void drain();

  const config::settings& settings_;
  const std::string member_;
  metrics::registry cells_;
  const page_files page_;
  net::core_set cores_;
  cluster_home home_;
  placement_desk desk_;
  client_lists clients_;
  const std::shared_ptr<const auth::ticket_keys> keys_;
  http::server server_;
  server_cells server_cells_;
  std::vector<share> shares_;
  bool leaving_ = false;  ///< on the first core
  std::atomic<bool> left_{false};
  main_loop main_;
};

/// All cores together keep to what the directory's client takes at a time.
gateway::gateway_options gateway_options_of(const config::settings& s, unsigned cores) {
  gateway::gateway_options options;
  options.proposals_max = std::max<std::size_t>(directory::placements_options{}.proposals_max / cores, 1);
  options.viewers_max = static_cast<std::size_t>(s.integer("viewers-max"));
  options.viewers_per_client_max = static_cast<std::size_t>(s.integer("viewers-per-client-max"));
  options.seed = chance();
  return options;
}

gateway_process::gateway_process(const config::settings& s)
    : settings_(s),
      member_(member_name(s, "gateway")),
      page_(s, s.list("node-origin")),
      cores_(core_count(s)),
      home_(cores_[0], s, member_, directory::role::gateway, cells_, cells_),
      desk_(cores_, home_.directory().placements()),
      clients_(cores_[0], home_),
      keys_(ticket_keys_of(s)),
      server_(cores_, server_options_of(s), gateway_surface(), &page_.files()),
      server_cells_(cells_),
      main_(s.duration("drain")) {
  for (unsigned i = 0; i < cores_.size(); ++i) shares_.emplace_back();
  for (unsigned i = 0; i < cores_.size(); ++i) add_share(i);
  home_.on_change([this] { see_members(); });
  home_.on_lost([this] { main_.end(1); });
  cores_[0].every(farewell_period, [this](instant) {
    if (leaving_ && home_.left()) left_ = true;
  });
  cores_[0].every(std::chrono::seconds(1), [this](instant) { see_members(); });
  cells_.seal();
}

gateway_process::~gateway_process() {
  cores_.stop();
}

void gateway_process::add_share(unsigned core) {
  share& mine = shares_[core];
  mine.gateway = std::make_unique<gateway_core>(
      gateway_options_of(settings_, cores_.size()),
      gateway_core::surroundings{cores_[core], cores_.size(), server_.streams(core), cells_,
                                 [this](kept_answers& on, const http::request& asked, http::responder to) {
                                   answer(on, asked, std::move(to));
                                 },
                                 keys_,
                                 [this](gateway_core::proposal what) { desk_.propose(std::move(what)); }});
  desk_.add([&to = *mine.gateway](std::span<const gateway_core::word> words, bool doubtful) {
    to.hear(words, doubtful);
  });
  mine.links = std::make_unique<links_to_serving_nodes>(
      *mine.gateway, home_.link_options(directory::role::gateway), chance(),
      [this](const std::string& node, bool linked) {
        cores_[0].post([this, node, linked] { home_.linked(node, linked); });
      });
  server_.plug(core, *mine.gateway, *mine.gateway);
}

void gateway_process::see_members() {
  const auto all = std::make_shared<const std::vector<directory::member>>(home_.members());
  const bool reachable = home_.directory().state().connected;
  for (unsigned i = 0; i < cores_.size(); ++i)
    cores_[i].post([&mine = shares_[i], all, reachable] {
      mine.gateway->see(*all, reachable);
      mine.links->see(serving_nodes(*all));
    });
}

void gateway_process::answer(kept_answers& on, const http::request& asked, http::responder answer) {
  const auto what = static_cast<asked_for>(asked.route);
  if (what == asked_for::clients) return clients_.serve(on, asked, std::move(answer));
  const auto unknown = asked.parameters.only({});
  if (!unknown) return answer.send(unknown.error());
  if (auto known = answer_of_any(what, cells_)) return answer.send(std::move(*known));
  if (what == asked_for::cluster) return answer_cluster(on, std::move(answer));
  if (ready(on)) return answer.send(http::text("ready\n"));
  answer.send(http::problem(503, "no node is linked", {{"Retry-After", "1"}}));
}

bool gateway_process::ready(const kept_answers& on) {
  return shares_[on.core().index()].links->figures().up > 0;
}

void gateway_process::answer_cluster(kept_answers& on, http::responder answer) {
  const std::uint64_t request = on.keep(std::move(answer));
  ask_cores(0, std::make_shared<std::vector<gateway_finding>>(), [this, &on, request](const findings& all) {
    cores_[0].post([this, &on, request, all] {
      on.core().post([&on, request, json = home_.json(gateway_text(*all))]() mutable {
        on.answer(request, http::json(std::move(json)));
      });
    });
  });
}

void gateway_process::ask_cores(unsigned core, findings all, std::function<void(const findings&)> then) {
  cores_[core].post([this, core, all = std::move(all), then = std::move(then)]() mutable {
    const gateway::gateway& mine = shares_[core].gateway->state();
    all->push_back({mine.viewers(), mine.counters(), mine.nodes(std::chrono::steady_clock::now())});
    if (core + 1 < cores_.size()) return ask_cores(core + 1, std::move(all), std::move(then));
    then(all);
  });
}

int gateway_process::run() {
  cores_.start();
  const net::endpoint at = listen(server_, settings_);
  std::printf("listening on http://%s\n", at.to_string().c_str());
  std::fflush(stdout);
  log::info("gateway", "started",
            {{"member", member_}, {"directory", settings_.text("directory")}, {"cores", cores_.size()}});
  const auto began = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  cores_[0].post([this, at = advertised(settings_, at), began] {
    home_.serve({at}, began);
    see_members();
  });
  main_.run("gateway", {[this] { server_cells_.publish(server_.figures()); }, [this] { drain(); },
                        [this] {
                          const auto figures = server_.figures();
                          return left_ && figures.viewers == 0 && figures.sessions == 0;
                        }});
  return main_.code();
}

void gateway_process::drain() {
  cores_[0].post([this] {
    home_.drain();
    home_.leave();
    leaving_ = true;
  });
  server_.drain();
  for (unsigned i = 0; i < cores_.size(); ++i)
    cores_[i].post([gateway = shares_[i].gateway.get()] { gateway->drain(); });
}

}  // namespace

int run_gateway(const config::settings& s) {
  return std::make_unique<gateway_process>(s)->run();
}

}  // namespace blotter::serve
