#include "serve/node_process.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "http/problem.hpp"
#include "serve/carried_streams.hpp"
#include "serve/client_lists.hpp"
#include "serve/cluster_home.hpp"
#include "serve/cluster_links.hpp"
#include "serve/node_core.hpp"
#include "serve/page_files.hpp"
#include "serve/process.hpp"
#include "serve/questions.hpp"
#include "serve/requests.hpp"
#include "serve/server_cells.hpp"

namespace blotter::serve {

namespace {

constexpr milliseconds farewell_period{20};
/// A node that leaves serves on for so long, but for half its time to drain at most, while others see it
/// leave and take its viewers over, one by one.
constexpr milliseconds hand_over_time_max{1'000};
/// Until gateways know that it leaves they would send its viewers back: these are asked a moment later, and
/// again.
constexpr milliseconds ask_to_move_after{100};
constexpr milliseconds ask_to_move_period{200};

/// A node: a share of it on each core, each with links of its own to every router, and a port of its own for
/// those of gateways. The first core has the directory.
class node_process {
 public:
  explicit node_process(const config::settings& s);
  ~node_process();
  int run();

 private:
  struct share {
    std::unique_ptr<node_core> node;
    std::unique_ptr<links_to_routers> links;
    std::unique_ptr<carried_streams> carried;
  };
  void add_share(unsigned core);
  std::string link_addresses() const;
  bool drained() const;
  /// On the first core: tells every share where routers are.
  void see_routers();
  void answer(kept_answers& on, const http::request& asked, http::responder answer);
  void answer_cluster(kept_answers& on, http::responder answer);
  bool ready(const kept_answers& on);
  /// Tells the others that it leaves, and viewers to go elsewhere.
  void drain();
  /// On the first core: ends when nobody is left, or the time for it is over.
  void watch_farewell(instant now);
  void end_streams();

  const config::settings& settings_;
  const std::string member_;
  metrics::registry cells_;
  const page_files page_;
  net::core_set cores_;
  cluster_home home_;
  client_lists clients_;
  const admission entry_;
  http::server server_;
  server_cells server_cells_;
  std::vector<share> shares_;
  bool leaving_ = false;       ///< on the first core
  instant ask_to_move_at_{};   ///< on the first core
  instant hand_over_until_{};  ///< on the first core
  std::atomic<bool> left_{false};
  main_loop main_;
};

node_process::node_process(const config::settings& s)
    : settings_(s),
      member_(member_name(s, "node")),
      page_(s),
      cores_(core_count(s)),
      home_(cores_[0], s, member_, directory::role::node, cells_, cells_),
      clients_(cores_[0], home_),
      entry_{ticket_keys_of(s), member_},
      server_(cores_, server_options_of(s), surface(), &page_.files()),
      server_cells_(cells_),
      main_(s.duration("drain")) {
  for (unsigned i = 0; i < cores_.size(); ++i) shares_.emplace_back();
  for (unsigned i = 0; i < cores_.size(); ++i) add_share(i);
  home_.on_change([this] { see_routers(); });
  home_.on_lost([this] { main_.end(1); });
  cores_[0].every(farewell_period, [this](instant now) { watch_farewell(now); });
  cells_.seal();
}

node_process::~node_process() {
  cores_.stop();
}

void node_process::add_share(unsigned core) {
  share& mine = shares_[core];
  mine.node = std::make_unique<node_core>(
      node_options_of(settings_, member_),
      node_core::surroundings{
          cores_[core], cores_.size(), server_.streams(core), cells_,
          [&mine](node::link_id to, link::to_router&& message) { mine.links->send(to, message); },
          [this](kept_answers& on, const http::request& asked, http::responder to) {
            answer(on, asked, std::move(to));
          },
          std::chrono::duration_cast<std::chrono::seconds>(settings_.duration("beat")), entry_});
  mine.links = std::make_unique<links_to_routers>(
      *mine.node, home_.link_options(directory::role::node), chance(),
      [this](const std::string& router, bool linked) {
        cores_[0].post([this, router, linked] { home_.linked(router, linked); });
      });
  mine.carried = std::make_unique<carried_streams>(*mine.node, home_.link_options(directory::role::node),
                                                   link_endpoint(settings_, core));
  server_.plug(core, *mine.node, *mine.node);
}

/// Where gateways link to each core, in their order.
std::string node_process::link_addresses() const {
  std::string all;
  for (const share& each : shares_)
    all.append(all.empty() ? "" : ",").append(advertised(settings_, each.carried->at()));
  return all;
}

void node_process::see_routers() {
  const std::vector<net::link_target> all = home_.routers();
  for (unsigned i = 0; i < cores_.size(); ++i)
    cores_[i].post([links = shares_[i].links.get(), all, topic = home_.topic()] { links->see(all, topic); });
}

void node_process::answer(kept_answers& on, const http::request& asked, http::responder answer) {
  const auto what = static_cast<asked_for>(asked.route);
  if (what == asked_for::clients) return clients_.serve(on, asked, std::move(answer));
  const auto unknown = asked.parameters.only({});
  if (!unknown) return answer.send(unknown.error());
  if (auto known = answer_of_any(what, cells_)) return answer.send(std::move(*known));
  if (what == asked_for::cluster) return answer_cluster(on, std::move(answer));
  if (ready(on)) return answer.send(http::text("ready\n"));
  answer.send(http::problem(503, "waiting for routers to serve every partition", {{"Retry-After", "1"}}));
}

bool node_process::ready(const kept_answers& on) {
  return shares_[on.core().index()].node->state().freshness() != sse::freshness::loading;
}

void node_process::answer_cluster(kept_answers& on, http::responder answer) {
  cores_[0].post([this, &on, request = on.keep(std::move(answer))] {
    on.core().post(
        [&on, request, json = home_.json({})]() mutable { on.answer(request, http::json(std::move(json))); });
  });
}

int node_process::run() {
  cores_.start();
  const net::endpoint at = listen(server_, settings_);
  std::printf("listening on http://%s, for links on %s\n", at.to_string().c_str(), link_addresses().c_str());
  std::fflush(stdout);
  log::info("node", "started",
            {{"member", member_}, {"directory", settings_.text("directory")}, {"cores", cores_.size()}});
  const auto began = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  cores_[0].post([this, at = advertised(settings_, at), began] {
    home_.serve({at, link_addresses(), settings_.text("public-url")}, began);
    see_routers();
  });
  for (unsigned i = 0; i < cores_.size(); ++i)
    cores_[i].post([carried = shares_[i].carried.get()] { carried->start(); });
  main_.run("node", {[this] { server_cells_.publish(server_.figures()); }, [this] { drain(); },
                     [this] { return drained(); }});
  return main_.code();
}

bool node_process::drained() const {
  const auto left = [](const share& each) { return each.carried->has_left(); };
  const auto figures = server_.figures();
  return left_ && figures.viewers == 0 && figures.sessions == 0 &&
         std::all_of(shares_.begin(), shares_.end(), left);
}

void node_process::drain() {
  cores_[0].post([this] {
    home_.drain();
    const instant now = std::chrono::steady_clock::now();
    hand_over_until_ = now + std::min(hand_over_time_max, settings_.duration("drain") / 2);
    ask_to_move_at_ = now + ask_to_move_after;
  });
}

void node_process::watch_farewell(instant now) {
  if (leaving_ && home_.left()) left_ = true;
  if (hand_over_until_ == instant{} || leaving_) return;
  std::size_t viewers = server_.figures().viewers;
  for (const share& each : shares_) viewers += each.carried->streams();
  if (viewers == 0 || now >= hand_over_until_) return end_streams();
  if (now < ask_to_move_at_) return;
  ask_to_move_at_ = now + ask_to_move_period;
  for (unsigned i = 0; i < cores_.size(); ++i)
    cores_[i].post([node = shares_[i].node.get()] { node->ask_to_move(); });
}

void node_process::end_streams() {
  home_.leave();
  leaving_ = true;
  server_.drain();
  for (unsigned i = 0; i < cores_.size(); ++i)
    cores_[i].post([node = shares_[i].node.get()] { node->drain(); });
}

}  // namespace

int run_node(const config::settings& s) {
  return std::make_unique<node_process>(s)->run();
}

}  // namespace blotter::serve
