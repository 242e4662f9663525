#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>
#include <random>
#include <system_error>

#include "app/watch.hpp"

namespace blotter::app {
namespace {

using namespace std::chrono_literals;

volatile std::sig_atomic_t stopped_by = 0;  ///< the signal that did, or SIGPIPE: nobody reads any more
int write_error = 0;                        ///< what else was wrong with stdout

void ask_to_stop(int signal) {
  stopped_by = signal;
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
  if (text.empty() || stopped_by != 0) return;
  errno = 0;
  const bool whole =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (whole) return;
  // Comes to this where whoever started us ignores SIGPIPE; else the signal has ended us already.
  if (errno != EPIPE) write_error = errno == 0 ? EIO : errno;
  stopped_by = SIGPIPE;
}

/// Whoever read stdout has gone, as `head` does after its lines: there may be nothing to write for hours, so
/// that no write would find out.
bool is_unread() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

bool should_stop() {
  if (stopped_by == 0 && is_unread()) stopped_by = SIGPIPE;
  return stopped_by != 0;
}

void complain(std::string_view text) {
  std::fprintf(stderr, "blotter: %.*s\n", static_cast<int>(text.size()), text.data());
}

/// As a shell would say it of a program that a signal ended; not 0, so that no script takes a cut table for a
/// whole one.
int exit_code(int code) {
  if (write_error != 0) {
    complain("stdout: " + std::generic_category().message(write_error));
    return 1;
  }
  return stopped_by == 0 ? code : 128 + stopped_by;
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
      {"once",
       {"watch"},
       config::boolean_type{false},
       "Write the table as it is, once it is whole, current and verified, and end. Rows in the order of "
       "their "
       "keys, "
       "aligned, cells cut at 60 letters, no colours; the last line says what they are. With --json: one "
       "object, "
       "{\"client\":...,\"count\":...,\"verified\":true,\"rows\":[{\"key\":...,\"v\":[...],\"row\":{...}},..."
       "]}, "
       "a "
       "line for each row, values as they came. A client that has no rows is no error: count is 0."},
      {"timeout",
       {"watch"},
       config::duration_type{10s, 100ms, 1h},
       "With --once: for how long to try before it ends with 1. What breaks meanwhile is tried again."},
      {"json",
       {"watch"},
       config::boolean_type{false},
       "Write a line of JSON for each event, as it came: {\"event\":\"rows\",\"id\":\"...\",\"data\":...}. "
       "Where count "
       "and checksum came with it, \"verified\" says whether they are those of the rows so far. With --once: "
       "one JSON "
       "object of the whole table."},
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
  const bool json = s.boolean("json"), once = s.boolean("once");
  if (once && !s.text("bookmark").empty())
    throw config::refused("--bookmark", "cannot be with --once, which has all rows");
  stopped_by = write_error = 0;
  end_on_signals();
  const bool terminal = !json && !once && ::isatty(STDOUT_FILENO) == 1;
  watch_options options;
  options.url = http::parse_url(s.text("url")).value();
  options.client = s.text("client");
  options.bookmark = s.text("bookmark");
  options.output = json ? watch_output::json : terminal ? watch_output::screen : watch_output::plain;
  options.seed = std::random_device()();
  options.once = once;
  options.timeout = s.duration("timeout");
  options.write = write_out;
  options.complain = complain;
  options.stop = should_stop;
  options.size = terminal_size;
  const whole_screen there(terminal);
  return exit_code(watch(options));
}

}  // namespace blotter::app
