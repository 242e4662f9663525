#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <random>

#include "app/watch.hpp"

namespace blotter::app {
namespace {

volatile std::sig_atomic_t stop_asked = 0;

void ask_to_stop(int) {
  stop_asked = 1;
}

/// Without SA_RESTART, so that a wait ends at once.
void end_on_signals() {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

/// The terminal's other screen, without its cursor; what stood there before comes back at the end.
class whole_screen {
 public:
  explicit whole_screen(bool wanted) : wanted_(wanted) { say("\x1b[?1049h\x1b[?25l"); }
  ~whole_screen() { say("\x1b[?25h\x1b[?1049l"); }
  whole_screen(const whole_screen&) = delete;
  whole_screen& operator=(const whole_screen&) = delete;

 private:
  void say(const char* sequence) const {
    if (!wanted_) return;
    std::fputs(sequence, stdout);
    std::fflush(stdout);
  }
  bool wanted_;
};

screen_size terminal_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  return {size.ws_row, size.ws_col};
}

void write_out(std::string_view text) {
  if (text.empty()) return;
  const bool whole =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!whole) stop_asked = 1;  // nobody reads any more
}

std::optional<std::string> refuse_url(std::string_view text) {
  const auto url = http::parse_url(text);
  if (!url) return url.error().message();
  if (url->target.find('?') != std::string::npos) return "must end before its query";
  return std::nullopt;
}

std::optional<std::string> refuse_bookmark(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7F) return "is no id of an event: a word of ASCII letters";
  }
  return text.size() <= 4096 ? std::nullopt : std::optional<std::string>("is longer than 4096 letters");
}

std::optional<std::string> refuse_client(std::string_view text) {
  return text.size() <= 255 ? std::nullopt : std::optional<std::string>("is longer than 255 bytes");
}

}  // namespace

std::vector<config::setting> watch_settings() {
  return {
      {"url", {"watch"}, config::text_type{"", "http://HOST:PORT", refuse_url}, "The server to watch.", true},
      {"client",
       {"watch"},
       config::text_type{"", "ID", refuse_client},
       "Whose rows to watch; must be given. Any letters may be in it."},
      {"json",
       {"watch"},
       config::boolean_type{false},
       "Write a line of JSON for each event, as it came: {\"event\":\"rows\",\"id\":\"...\",\"data\":...}. "
       "Where count "
       "and checksum came with it, \"verified\" says whether they are those of the rows so far."},
      {"bookmark",
       {"watch"},
       config::text_type{"", "ID", refuse_bookmark},
       "The id of an event to resume from: only rows changed since are sent. They cannot be verified then, "
       "because "
       "the rows before it are missing. Empty: all rows."},
  };
}

int run_watch(const config::settings& s) {
  if (s.text("client").empty()) throw config::refused("--client", "is missing: whose rows to watch");
  stop_asked = 0;
  end_on_signals();
  const bool json = s.boolean("json");
  const bool terminal = !json && ::isatty(STDOUT_FILENO) == 1;
  watch_options options;
  options.url = http::parse_url(s.text("url")).value();
  options.client = s.text("client");
  options.bookmark = s.text("bookmark");
  options.output = json ? watch_output::json : terminal ? watch_output::screen : watch_output::plain;
  options.seed = std::random_device()();
  options.write = write_out;
  options.stop = [] { return stop_asked != 0; };
  options.size = terminal_size;
  const whole_screen there(terminal);
  return watch(options);
}

}  // namespace blotter::app
