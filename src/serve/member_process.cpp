#include "serve/member_process.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <utility>

namespace blotter::serve {

namespace {

constexpr milliseconds ask_period{1'000};
/// A member that has said nothing for so long is shown as silent: stopped, or beside itself.
constexpr milliseconds silent_after{2'500};
constexpr std::size_t answer_size_max = 1 << 20;

/// The last line of a log, as far as it is short.
std::string last_line(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(0, std::ios::end);
  const auto size = static_cast<std::streamoff>(file.tellg());
  file.seekg(std::max<std::streamoff>(0, size - 400));
  std::string line, last;
  while (std::getline(file, line))
    if (!line.empty()) last = line;
  return last;
}

/// What stands behind `before`, up to a blank, a comma or the end of the line.
std::string word_after(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + before.size());
  return std::string(rest.substr(0, rest.find_first_of(" ,\n")));
}

/// The reason in a problem's JSON: of ours, so that it holds no quotes that matter.
std::string detail_of(std::string_view json) {
  for (const std::string_view name : {"\"detail\":\"", "\"title\":\""}) {
    const std::size_t at = json.find(name);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = json.substr(at + name.size());
    return std::string(rest.substr(0, std::min<std::size_t>(rest.find('"'), 160)));
  }
  return {};
}

}  // namespace

std::map<std::string, double, std::less<>> figures_of(std::string_view metrics) {
  std::map<std::string, double, std::less<>> all;
  while (!metrics.empty()) {
    const std::string_view line = metrics.substr(0, metrics.find('\n'));
    metrics.remove_prefix(std::min(metrics.size(), line.size() + 1));
    const std::size_t blank = line.find(' ');
    if (line.starts_with('#') || blank == std::string_view::npos) continue;
    const std::string_view number = line.substr(blank + 1);
    double value = 0;
    const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (failed == std::errc() && end == number.data() + number.size())
      all.emplace(line.substr(0, blank), value);
  }
  return all;
}

std::string_view name_of(member_process::state which) {
  switch (which) {
    case member_process::state::starting:
      return "starting";
    case member_process::state::loading:
      return "loading";
    case member_process::state::ready:
      return "ready";
    case member_process::state::silent:
      return "silent";
    case member_process::state::leaving:
      return "leaving";
    case member_process::state::gone:
      return "gone";
  }
  return "";
}

member_process::member_process(std::string role, std::string id, std::vector<std::string> command,
                               const std::string& folder)
    : role_(std::move(role)),
      id_(std::move(id)),
      log_(folder + "/" + id_ + ".log"),
      process_("/proc/self/exe", std::move(command), log_) {}

void member_process::look(instant now) {
  if (gone()) return;
  read_address();
  if (const auto status = process_.ended()) {
    why_ = text_of_ending(*status);
    if (WIFEXITED(*status) && WEXITSTATUS(*status) != 0) why_ += ", its last word: " + last_line(log_);
    state_ = state::gone;
    asking_.reset();
    return;
  }
  if (role_ == "feed" && state_ == state::starting) state_ = state::ready;  // it serves nobody
  if (address_.empty() || state_ == state::leaving) return;
  if (asking_)
    hear(now);
  else if (now >= ask_at_)
    begin_asking(now);
  if (now - answered_ < silent_after || state_ == state::silent) return;
  state_ = state::silent;
  why_ = "says nothing";
}

void member_process::leave() {
  if (gone()) return;
  state_ = state::leaving;
  why_.clear();
  asking_.reset();
  process_.signal(SIGTERM);
}

void member_process::read_address() {
  words_ += process_.read();
  const std::size_t end = words_.find('\n');
  if (end == std::string::npos) return;
  if (address_.empty()) {
    address_ = word_after(words_, "listening on ");
    links_ = word_after(words_, "for links on ");
    answered_ = instant::clock::now();
  }
  words_.erase(0, end + 1);
}

// Questions, one at a time: whether it is ready, then its figures.

void member_process::begin_asking(instant now) {
  const auto url = http::parse_url(address_ + (asked_ == question::ready ? "/readyz" : "/metrics"));
  ask_at_ = now + ask_period;
  if (!url) return;
  answer_.clear();
  asking_.emplace(http::client_request{*url, {{"Connection", "close"}}, silent_after});
  hear(now);
}

void member_process::hear(instant now) {
  for (;;) {
    const auto got = asking_->read(milliseconds(0));
    if (!got && asking_->head()) return heard(now);
    if (!got || answer_.size() > answer_size_max) return asking_.reset();
    if (got->empty() && !asking_->head()) return;
    if (got->empty() && now >= ask_at_ + silent_after) return asking_.reset();
    if (got->empty()) return;
    answer_ += *got;
  }
}

void member_process::heard(instant now) {
  const unsigned status = asking_->head()->status;
  asking_.reset();
  answered_ = now;
  if (std::exchange(asked_, question::ready) == question::metrics) return take_figures(now);
  state_ = status == 200 ? state::ready : state::loading;
  why_ = status == 200 ? std::string() : detail_of(answer_);
  asked_ = question::metrics;
  begin_asking(now);
}

void member_process::take_figures(instant now) {
  figures_ = figures_of(answer_);
  const auto found = figures_.find(role_ == "router"    ? "blotter_feed_changes_total"
                                   : role_ == "gateway" ? "blotter_gateway_events_passed_total"
                                                        : "blotter_rows_sent_total");
  const double rows = found == figures_.end() ? 0 : found->second;
  if (figures_at_ != instant{})
    rows_per_second_ = (rows - rows_before_) / std::chrono::duration<double>(now - figures_at_).count();
  figures_at_ = now;
  rows_before_ = rows;
}

// Words.

std::string member_process::figures() const {
  const auto of = [this](std::string_view name) {
    const auto found = figures_.find(name);
    return found == figures_.end() ? 0.0 : found->second;
  };
  char text[160];
  if (role_ == "router")
    std::snprintf(text, sizeof text, "partitions %.0f  clients %.0f  rows %.0f  rows/s %.0f",
                  of("blotter_feed_partitions_caught_up"), of("blotter_router_clients"),
                  of("blotter_router_rows"), rows_per_second_);
  else if (role_ == "gateway")
    std::snprintf(text, sizeof text, "viewers %.0f  events/s %.0f", of("blotter_viewers"), rows_per_second_);
  else
    std::snprintf(text, sizeof text, "viewers %.0f  clients %.0f  rows %.0f  rows/s %.0f",
                  of("blotter_viewers"), of("blotter_node_clients"), of("blotter_node_rows"),
                  rows_per_second_);
  return text;
}

std::string member_process::line_without_figures() const {
  char head[160];
  std::snprintf(head, sizeof head, "%-7s %-10s pid %-8d %-24s %-8s", role_.c_str(), id_.c_str(),
                static_cast<int>(process_.pid()), address_.c_str(), std::string(name_of(state_)).c_str());
  std::string text = head;
  text.erase(text.find_last_not_of(' ') + 1);
  if (!why_.empty()) text += "  " + why_;
  if (!links_.empty() && !gone()) text += "  links " + links_;
  return text;
}

std::string member_process::line() const {
  const bool told = !figures_.empty() && (state_ == state::ready || state_ == state::loading);
  return line_without_figures() + (told ? "  " + figures() : "");
}

}  // namespace blotter::serve
