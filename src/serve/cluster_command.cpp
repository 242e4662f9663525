#include "serve/cluster_command.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "serve/cluster_parts.hpp"
#include "serve/member_process.hpp"

namespace blotter::serve {

namespace {

constexpr milliseconds look_period{50};
/// What a member may take beyond its --drain before it is killed.
constexpr milliseconds leave_slack{5'000};
constexpr unsigned own_partitions = 12;
const std::string own_topic = "market-value";

/// Signals so far: one stops in order, a second one kills.
volatile std::sig_atomic_t signals_seen = 0;

void count_signal(int) {
  signals_seen = signals_seen + 1;
}

std::string folder_of(const config::settings& s) {
  if (!s.text("dir").empty()) return s.text("dir");
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state && *state) return std::string(state) + "/blotter/cluster";
  if (home && *home) return std::string(home) + "/.local/state/blotter/cluster";
  throw config::refused("--dir", "is needed where there is no home to keep logs in");
}

/// A folder for one cluster at a time.
class own_folder {
 public:
  explicit own_folder(const config::settings& s) : path_(folder_of(s)) {
    std::error_code failed;
    std::filesystem::create_directories(path_, failed);
    lock_ = ::open((path_ + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock_ < 0) throw config::refused("--dir", "cannot write in " + path_);
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0)
      throw config::refused("--dir", "another cluster runs in " + path_ + ": choose another folder");
  }
  ~own_folder() { ::close(lock_); }
  own_folder(const own_folder&) = delete;
  own_folder& operator=(const own_folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
  int lock_ = -1;
};

/// Shows a line a member, and one that says where the page is: on a terminal in place, elsewhere each when
/// something but its figures has changed.
class board {
 public:
  void show(const std::vector<std::unique_ptr<member_process>>& members) {
    find_page(members);
    if (terminal_)
      draw(members);
    else
      tell(members);
  }

 private:
  /// Of the first gateway that is ready, or of the first node where there are no gateways; it stays while
  /// that one is there.
  void find_page(const std::vector<std::unique_ptr<member_process>>& members) {
    const bool gateways = std::any_of(members.begin(), members.end(),
                                      [](const auto& each) { return each->role() == "gateway"; });
    const auto found = std::find_if(members.begin(), members.end(), [&](const auto& each) {
      if (!page_.empty()) return each->address() == page_ && !each->gone();
      return each->role() == (gateways ? "gateway" : "node") && each->is() == member_process::state::ready;
    });
    page_ = found == members.end() ? std::string() : (*found)->address();
  }
  std::string page_line() const { return page_.empty() ? "page" : "page      " + page_; }
  void draw(const std::vector<std::unique_ptr<member_process>>& members) {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    std::vector<std::string> now;
    for (const auto& each : members) now.push_back(each->line().substr(0, known ? size.ws_col - 1u : 200));
    now.push_back(page_line());
    if (now == shown_) return;
    std::string out = shown_.empty() ? "" : "\x1b[" + std::to_string(shown_.size()) + "A";
    for (const std::string& line : now) out += "\x1b[2K" + line + "\n";
    shown_ = std::move(now);
    std::fputs(out.c_str(), stdout);
    std::fflush(stdout);
  }
  void tell(const std::vector<std::unique_ptr<member_process>>& members) {
    shown_.resize(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::string now = members[i]->line_without_figures();
      if (std::exchange(shown_[i], now) != now) std::printf("%s\n", members[i]->line().c_str());
    }
    if (!page_.empty() && std::exchange(told_page_, page_) != page_) std::printf("%s\n", page_line().c_str());
    std::fflush(stdout);
  }

  const bool terminal_ = ::isatty(STDOUT_FILENO) == 1;
  std::vector<std::string> shown_;
  std::string page_;
  std::string told_page_;
};

class local_cluster {
 public:
  explicit local_cluster(const config::settings& s)
      : settings_(s), folder_(s), parts_(folder_.path(), [] { return signals_seen > 0; }) {}
  int run();

 private:
  void start_all();
  void start(const std::string& role, const std::string& id, std::vector<std::string> more);
  std::vector<std::string> common(const std::string& role) const;
  void look();
  bool all_gone() const;
  void stop(const std::string& role);

  const config::settings& settings_;
  const own_folder folder_;
  cluster_parts parts_;
  std::vector<std::unique_ptr<member_process>> members_;
  board board_;
  bool forced_ = false;
};

/// Settings that are not said here reach the members by the environment and by --config.
std::vector<std::string> local_cluster::common(const std::string& role) const {
  std::vector<std::string> all = {"blotter",      role,
                                  "--log-level",  settings_.text("log-level"),
                                  "--log-format", settings_.text("log-format")};
  if (!settings_.text("config").empty()) {
    all.push_back("--config");
    all.push_back(settings_.text("config"));
  }
  return all;
}

void local_cluster::start(const std::string& role, const std::string& id, std::vector<std::string> more) {
  std::vector<std::string> command = common(role);
  command.insert(command.end(), more.begin(), more.end());
  members_.push_back(std::make_unique<member_process>(role, id, std::move(command), folder_.path()));
}

void local_cluster::start_all() {
  const std::string given_feed = settings_.text("kafka");
  const std::string given_grid = settings_.text("hazelcast");
  const std::string feed = given_feed.empty() ? parts_.start_kafka(own_topic, own_partitions) : given_feed;
  std::printf("kafka     %s%s\n", feed.c_str(), given_feed.empty() ? "  started here" : "");
  std::fflush(stdout);
  const std::string grid = given_grid.empty() ? parts_.start_hazelcast() : given_grid;
  std::printf("hazelcast %s%s\n", grid.c_str(), given_grid.empty() ? "  started here" : "");
  std::printf("logs      %s/MEMBER.log\n", folder_.path().c_str());
  std::fflush(stdout);
  const std::string drain = std::to_string(settings_.duration("drain").count()) + "ms";
  const std::string free_port = "127.0.0.1:0";
  for (std::int64_t i = 1; i <= settings_.integer("routers"); ++i) {
    const std::string id = "router-" + std::to_string(i);
    start("router", id,
          {"--member", id, "--feed", feed, "--directory", grid, "--link", free_port, "--http", free_port,
           "--replicas", std::to_string(settings_.integer("replicas"))});
  }
  for (std::int64_t i = 1; i <= settings_.integer("nodes"); ++i) {
    const std::string id = "node-" + std::to_string(i);
    start("node", id, {"--member", id, "--directory", grid, "--http", free_port, "--drain", drain});
  }
  for (std::int64_t i = 1; i <= settings_.integer("gateways"); ++i) {
    const std::string id = "gateway-" + std::to_string(i);
    start("gateway", id, {"--member", id, "--directory", grid, "--http", free_port, "--drain", drain});
  }
  if (settings_.integer("simulate") > 0)
    start("feed", "market", {"--to", feed, "--rate", std::to_string(settings_.integer("simulate"))});
}

void local_cluster::look() {
  const instant now = instant::clock::now();
  for (const auto& each : members_) each->look(now);
  board_.show(members_);
  std::this_thread::sleep_for(look_period);
}

bool local_cluster::all_gone() const {
  return std::all_of(members_.begin(), members_.end(), [](const auto& each) { return each->gone(); });
}

void local_cluster::stop(const std::string& role) {
  const auto those = [&](const auto& what) {
    for (const auto& each : members_)
      if (each->role() == role && !each->gone()) what(*each);
  };
  const int signals_before = signals_seen;
  those([](member_process& each) { each.leave(); });
  const instant until = instant::clock::now() + settings_.duration("drain") + leave_slack;
  bool left = true;
  while (left && instant::clock::now() < until && signals_seen <= std::max(1, signals_before)) {
    look();
    left = false;
    those([&](member_process&) { left = true; });
  }
  those([&](member_process& each) {
    forced_ = true;
    each.signal(SIGKILL);
  });
}

int local_cluster::run() {
  start_all();
  while (signals_seen == 0 && !all_gone()) look();
  const bool nobody = all_gone();
  if (nobody) log::error("cluster", "every member is gone; their logs say why", {{"logs", folder_.path()}});
  const instant began = instant::clock::now();
  // From the viewers inwards: those of a gateway whose nodes had left before it would be told that their rows
  // are stale, when they can be told goodbye.
  for (const char* role : {"gateway", "node", "router", "feed"}) stop(role);
  look();
  parts_.stop();
  const auto took = std::chrono::duration_cast<milliseconds>(instant::clock::now() - began);
  std::printf("stopped in %.1f s\n", static_cast<double>(took.count()) / 1000);
  return nobody || forced_ ? 1 : 0;
}

}  // namespace

int run_cluster(const config::settings& s) {
  signals_seen = 0;
  std::signal(SIGPIPE, SIG_IGN);
  for (const int each : {SIGINT, SIGTERM, SIGHUP}) std::signal(each, count_signal);
  return local_cluster(s).run();
}

}  // namespace blotter::serve
