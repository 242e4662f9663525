#include "serve/autoscaler_process.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"
#include "serve/autoscaler_cells.hpp"
#include "serve/autoscaler_settings.hpp"
#include "serve/autoscaler_text.hpp"
#include "serve/cluster_home.hpp"
#include "serve/kept_answers.hpp"
#include "serve/local_nodes.hpp"
#include "serve/process.hpp"
#include "serve/questions.hpp"
#include "serve/requests.hpp"
#include "serve/scale_command.hpp"

namespace blotter::serve {

namespace {

constexpr milliseconds look_period_max{1'000};
constexpr milliseconds farewell_max{1'000};
constexpr milliseconds farewell_period{20};
constexpr milliseconds history_period{5 * 60'000};
constexpr std::size_t history_size_max = 4 << 20;
/// What a node may take beyond its --drain before it is killed.
constexpr milliseconds leave_slack{5'000};

std::string nodes_folder(const config::settings& s) {
  std::string path = s.text("nodes-dir");
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (path.empty() && state && *state) path = std::string(state) + "/blotter/nodes";
  if (path.empty() && home && *home) path = std::string(home) + "/.local/state/blotter/nodes";
  if (path.empty()) throw config::refused("--nodes-dir", "is needed where there is no home to keep logs in");
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) throw config::refused("--nodes-dir", "cannot be made: " + path + ": " + failed.message());
  return path;
}

std::unique_ptr<scale::actuator> actuator_of(const config::settings& s) {
  if (s.text("actuator") == "command") {
    scale_command_options options{.command = s.text("command"), .seed = chance()};
    options.time_max = s.duration("command-timeout");
    return std::make_unique<scale_command>(std::move(options));
  }
  local_nodes_options options;
  options.folder = nodes_folder(s);
  options.leave_max = s.duration("drain") + leave_slack;
  options.next_name = [] {
    char name[32];
    std::snprintf(name, sizeof name, "node-%08x", static_cast<unsigned>(chance()));
    return std::string(name);
  };
  options.command = {"blotter",      "node",
                     "--directory",  s.text("directory"),
                     "--http",       "127.0.0.1:0",
                     "--drain",      std::to_string(s.duration("drain").count()) + "ms",
                     "--log-level",  s.text("log-level"),
                     "--log-format", s.text("log-format")};
  if (!s.text("config").empty())
    options.command.insert(options.command.end(), {"--config", s.text("config")});
  return std::make_unique<local_nodes>(std::move(options));
}

std::chrono::minutes utc_offset() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  return std::chrono::floor<std::chrono::minutes>(std::chrono::seconds(local.tm_gmtoff));
}

/// The load of earlier days, in a file that is replaced as a whole.
class history_file {
 public:
  explicit history_file(std::string path) : path_(std::move(path)) {}

  scale::load_history read() const {
    scale::load_history all;
    if (path_.empty()) return all;
    std::ifstream file(path_, std::ios::binary);
    std::string text(history_size_max, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    const std::size_t bad = all.read(text);
    if (bad > 0) log::warn("autoscaler", "lines of the history left out", {{"file", path_}, {"lines", bad}});
    return all;
  }
  void write(const scale::load_history& all) const {
    if (path_.empty()) return;
    const std::string fresh = path_ + ".new";
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file << all.to_text();
    file.close();
    std::error_code failed;
    if (file) std::filesystem::rename(fresh, path_, failed);
    if (!file || failed) log::warn("autoscaler", "history cannot be written", {{"file", path_}});
  }

 private:
  const std::string path_;
};

/// An autoscaler: one core with the decisions, the actuator, the directory and a small HTTP surface.
class autoscaler_process final : public http::service, public http::event_connection_owner {
 public:
  explicit autoscaler_process(const config::settings& s);
  ~autoscaler_process();
  int run();

 private:
  net::core& core() { return cores_[0]; }
  void look(instant now);
  /// Who decides: of all that live the first by name, which all see alike. Two at once do no harm.
  std::string leader();
  void take(const scale::decision& made, instant now);
  void say(const scale::decision& made);
  void leave(instant now);

  unsigned owner(const http::request&) override { return 0; }
  void serve(http::request asked, http::responder answer) override;
  void writable(http::viewer) override {}
  void closed(http::viewer, http::close_reason) override {}

  const config::settings& settings_;
  const std::string member_;
  const history_file history_;
  metrics::registry cells_;
  autoscaler_cells figures_;
  scale::autoscaler scaler_;
  std::unique_ptr<scale::actuator> actuator_;
  net::core_set cores_{1};
  cluster_home home_;
  http::server server_;
  std::string said_;             ///< the last line, without its figures
  scale::decision last_change_;  ///< that was no `hold`
  instant written_{};
  bool leaving_ = false;
  std::atomic<bool> left_{false};
  main_loop main_;
};

autoscaler_process::autoscaler_process(const config::settings& s)
    : settings_(s),
      member_(member_name(s, "autoscaler")),
      history_(s.text("history")),
      figures_(cells_),
      scaler_(scale_settings_of(s), history_.read()),
      actuator_(actuator_of(s)),
      home_(core(), s, member_, directory::role::autoscaler, cells_, cells_),
      server_(cores_, server_options_of(s), autoscaler_surface(), nullptr),
      main_(farewell_max) {
  server_.plug(0, *this, *this);
  home_.on_lost([this] { main_.end(1); });
  core().every(std::min(look_period_max, scaler_.settings().period / 3), [this](instant now) { look(now); });
  core().every(farewell_period, [this](instant now) { leave(now); });
  cells_.seal();
}

autoscaler_process::~autoscaler_process() {
  cores_.stop();
  history_.write(scaler_.history());
}

int autoscaler_process::run() {
  cores_.start();
  const net::endpoint at = listen(server_, settings_);
  std::printf("listening on http://%s\n", at.to_string().c_str());
  std::fflush(stdout);
  log::info("autoscaler", "started",
            {{"member", member_},
             {"directory", settings_.text("directory")},
             {"min", scaler_.settings().nodes_min},
             {"max", nodes_ceiling(scaler_.settings())},
             {"actuator", settings_.text("actuator")}});
  const auto began = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  core().post([this, at = advertised(settings_, at), began] { home_.serve({at}, began); });
  main_.run("autoscaler", {{},
                           [this] {
                             core().post([this] {
                               leaving_ = true;
                               home_.drain();
                               home_.leave();
                             });
                             server_.drain();
                           },
                           [this] { return left_.load(); }});
  return main_.code();
}

void autoscaler_process::leave(instant) {
  if (leaving_ && home_.left()) left_ = true;
}

std::string autoscaler_process::leader() {
  for (const directory::member& each : home_.members()) {
    const auto& roles = each.roles;
    const bool one = std::find(roles.begin(), roles.end(), directory::role::autoscaler) != roles.end();
    if (one && each.stage == directory::stage::serving) return each.id.text();
  }
  return {};
}

void autoscaler_process::look(instant now) {
  if (leaving_) return;
  std::vector<directory::member> all = home_.members();
  std::erase_if(all, [](const directory::member& each) {
    return std::find(each.roles.begin(), each.roles.end(), directory::role::node) == each.roles.end();
  });
  const std::string first = leader();
  std::vector<scale::seen_node> seen;
  for (const directory::member& each : all)
    seen.push_back({each.id, each.stage, each.load, actuator_->can_drain(each.id), {}});
  const auto made =
      scaler_.look({.now = now,
                    .wall = std::chrono::floor<milliseconds>(std::chrono::system_clock::now()),
                    .utc_offset = utc_offset(),
                    .directory_reachable = home_.directory().state().connected && !first.empty(),
                    .leads = first == member_,
                    .leader = first,
                    .nodes = seen});
  if (made) take(*made, now);
  actuator_->tick(all, now);
  figures_.publish(scaler_, actuator_->state());
  if (now - written_ < history_period) return;
  if (written_ != instant{}) history_.write(scaler_.history());
  written_ = now;
}

void autoscaler_process::take(const scale::decision& made, instant now) {
  if (made.why == scale::cause::watching) actuator_->stand_by();
  if (made.orders()) actuator_->carry_out(made.ordered, now);
  if (made.what != scale::verdict::hold) last_change_ = made;
  figures_.decided(made);
  say(made);
}

/// Each decision; one that is as the last was, but for its figures, for those who look closely.
void autoscaler_process::say(const scale::decision& made) {
  std::string kind = std::string(to_text(made.what)).append(to_text(made.why));
  kind += std::to_string(made.ordered.wanted) + (made.ordered.drained ? made.ordered.drained->text() : "");
  const bool again = made.what == scale::verdict::hold && kind == said_;
  said_ = std::move(kind);
  log::write(again ? log::level::debug : log::level::info, "autoscaler", "decided",
             {{"what", to_text(made.what)},
              {"cause", to_text(made.why)},
              {"wanted", made.ordered.wanted},
              {"unbounded", made.unbounded},
              {"reason", made.reason}});
}

void autoscaler_process::serve(http::request asked, http::responder answer) {
  const auto what = static_cast<asked_for>(asked.route);
  const auto unknown = asked.parameters.only({});
  if (!unknown) return answer.send(unknown.error());
  if (auto known = answer_of_any(what, cells_)) return answer.send(std::move(*known));
  if (what == asked_for::cluster)
    return answer.send(http::json(home_.json(autoscaler_text(scaler_, last_change_, actuator_->state()))));
  const bool ready = scaler_.last().number > 0 && scaler_.last().why != scale::cause::blind;
  if (ready) return answer.send(http::text("ready\n"));
  answer.send(http::problem(503, "waiting for its first look at the nodes", {{"Retry-After", "1"}}));
}

}  // namespace

int run_autoscaler(const config::settings& s) {
  return std::make_unique<autoscaler_process>(s)->run();
}

}  // namespace blotter::serve
