#include "app/watch.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "app/reconnect.hpp"
#include "app/watch_once.hpp"
#include "app/watch_table.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "http/event_parser.hpp"

namespace blotter::app {
namespace {

using namespace std::chrono_literals;
using outcome = watch_table::outcome;

/// The screen is drawn at most so often; nothing waits for longer than this.
constexpr milliseconds tick = 100ms;
/// While a second stream is being opened, both are looked after by turns.
constexpr milliseconds turn = 10ms;
constexpr std::size_t refusal_text_max = 4096;

instant now() {
  return std::chrono::steady_clock::now();
}
milliseconds since(instant then) {
  return std::chrono::floor<milliseconds>(now() - then);
}

std::string seconds_text(milliseconds wait) {
  const std::int64_t tenths = (wait.count() + 50) / 100;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

class watcher {
 public:
  explicit watcher(const watch_options& options)
      : options_(options), table_(options.bookmark), chance_(options.seed) {}

  int run() {
    while (!over()) {
      stream_ = open();
      const ending how = follow();
      stream_.reset();
      next_.reset();
      if (how == ending::finished) return 0;
      if (how == ending::refused) return 1;
      if (how == ending::lost) wait(reconnect_.next(chance_));
    }
    if (options_.stop()) return 0;
    options_.complain("no table within " + seconds_text(options_.timeout) + ": " +
                      printable(table_.reason()));
    return 1;
  }

 private:
  enum class ending : std::uint8_t { over, lost, refused, finished };

  struct stream {
    http::client link;
    http::event_parser parser;
    bool accepted = false;  ///< answered with a stream of events
  };

  std::unique_ptr<stream> open() {
    http::client_request request{options_.url,
                                 {{"Accept", "text/event-stream"}, {"Cache-Control", "no-store"}}};
    std::string& path = request.url.target;
    while (path.ends_with('/')) path.pop_back();
    path += "/v1/clients/" + http::percent_encode(options_.client) + "/events";
    if (!table_.bookmark().empty()) request.headers.emplace_back("Last-Event-ID", table_.bookmark());
    return std::unique_ptr<stream>(new stream{http::client(std::move(request)), {}});
  }

  bool over() const { return options_.stop() || (options_.once && since(begun_) >= options_.timeout); }

  /// Reads until there is nothing more to read, or no use in it.
  ending follow() {
    heard_ = now();
    while (!over()) {
      draw();
      if (next_) {
        if (const auto end = advance_next()) return *end;
      }
      const auto bytes = stream_->link.read(next_ ? turn : tick);
      if (!bytes && next_) {
        stream_ = std::move(next_);
        continue;
      }
      if (!stream_->accepted && stream_->link.head()) {
        if (const auto end = accept(bytes ? *bytes : "")) return *end;
      }
      if (!bytes) return lost(bytes.error().message());
      if (const auto end = bytes->empty() ? listen() : take(*bytes)) return *end;
    }
    return ending::over;
  }

  /// Looks at the head of the answer; `first` may already be of its body.
  std::optional<ending> accept(std::string_view first) {
    const http::client_head& head = *stream_->link.head();
    heard_ = now();
    if (head.status == 200 && head.header("content-type").starts_with("text/event-stream")) {
      stream_->accepted = true;
      return std::nullopt;
    }
    std::string text(first);
    while (text.size() < refusal_text_max && since(heard_) < 1s) {
      const auto more = stream_->link.read(tick);
      if (!more) break;
      text += *more;
    }
    const std::string problem = problem_text(text);
    const std::string answer =
        "the server answered " + std::to_string(head.status) + (problem.empty() ? "" : ": " + problem);
    // The asker's fault does not go away by asking again; these three may.
    const bool ours = head.status < 500 && head.status != 408 && head.status != 425 && head.status != 429;
    if (!ours) return lost(answer);
    note(answer);
    return ending::refused;
  }

  /// Nothing came: for how long already?
  std::optional<ending> listen() {
    const milliseconds patience = table_.beat() * 5 / 2;
    if (!stream_->accepted || since(heard_) < patience) return std::nullopt;
    if (next_) {
      stream_ = std::move(next_);
      return std::nullopt;
    }
    return lost("silent for " + seconds_text(patience));
  }

  std::optional<ending> take(std::string_view bytes) {
    heard_ = now();
    heard_once_ = true;
    while (true) {
      const auto event = stream_->parser.next(bytes);
      if (const auto asked = stream_->parser.retry()) reconnect_.asked_for(*asked);
      if (!event) return lost(event.error().message());
      if (!*event) return std::nullopt;
      if (const auto end = take(**event)) return end;
    }
  }

  std::optional<ending> take(const http::stream_event& event) {
    const auto what = table_.apply(event);
    if (!what) {
      table_.start_over();
      return lost(what.error().message());
    }
    if (!options_.once && options_.output == watch_output::json)
      options_.write(json_line(event, *what, table_));
    if (!options_.once && options_.output == watch_output::plain)
      options_.write(plain_lines(event, *what, table_));
    if (*what == outcome::proof) {
      if (const auto end = proven()) return end;
    }
    if (options_.once && table_.whole()) return finish();
    if (*what == outcome::bye) return said_bye();
    if (*what == outcome::moving && !next_) next_ = open();
    return std::nullopt;
  }

  std::optional<ending> proven() {
    if (table_.proven() == watch_table::proof::wrong) {
      table_.start_over();
      return lost("these were not the server's rows; all of them are asked for again");
    }
    if (table_.now() == watch_table::state::live) {
      reconnect_.succeeded();
      note_.clear();
    }
    return std::nullopt;
  }

  ending finish() {
    if (options_.output == watch_output::json) {
      write_document(table_, options_.client, options_.write);
    } else {
      write_table(table_, options_.write);
    }
    return ending::finished;
  }

  std::optional<ending> said_bye() {
    const watch_table::goodbye& bye = table_.bye();
    if (bye.code == 3) reconnect_.overloaded();
    if (next_ && bye.reconnect) return std::nullopt;  // the next stream takes over when this one closes
    const ending end = lost("the server said bye: " + bye.reason);
    if (bye.reconnect) return end;
    note("the server said bye for good: " + bye.reason);
    return ending::refused;
  }

  /// Make before break: the old stream is dropped once the new one speaks.
  std::optional<ending> advance_next() {
    const auto bytes = next_->link.read(0ms);
    const http::client_head* head = next_->link.head();
    if (!bytes || (head && head->status != 200)) {
      next_.reset();  // stay with the first for as long as it lasts
      return std::nullopt;
    }
    if (bytes->empty()) return std::nullopt;
    stream_ = std::move(next_);
    stream_->accepted = true;
    return take(*bytes);
  }

  ending lost(const std::string& reason) {
    table_.disconnected(reason);
    lost_reason_ = reason;
    return ending::lost;
  }

  void note(std::string text) {
    if (options_.once) return options_.complain(printable(text));
    if (options_.output == watch_output::json) log::info("watch", "connection", {{"text", text}});
    if (options_.output == watch_output::plain) options_.write(printable(text) + '\n');
    note_ = std::move(text);
  }

  void wait(milliseconds duration) {
    const std::string what = "connection lost: " + lost_reason_;
    if (!options_.once) {
      note(what + "; trying again in " + seconds_text(duration));
    } else if (!std::exchange(complained_, true)) {
      note(what + "; trying for " + seconds_text(options_.timeout));
    }
    const instant until = now() + duration;
    while (!over() && now() < until) {
      draw();
      const milliseconds left = std::chrono::ceil<milliseconds>(until - now());
      ::poll(nullptr, 0, static_cast<int>(std::clamp(left, 0ms, tick).count()));  // a signal ends it early
    }
  }

  void draw() {
    if (options_.output != watch_output::screen || since(drawn_) < tick) return;
    drawn_ = now();
    if (since(rated_) >= 1s) {
      const auto changed = static_cast<double>(table_.changes() - rated_changes_);
      rate_ = changed * 1000 / static_cast<double>(since(rated_).count());
      rated_changes_ = table_.changes();
      rated_ = drawn_;
    }
    options_.write(screen_.draw(table_, {options_.client, rate_, since(heard_), heard_once_, note_},
                                options_.size(), drawn_));
  }

  const watch_options& options_;
  watch_table table_;
  reconnect reconnect_;
  random_source chance_;
  std::unique_ptr<stream> stream_, next_;
  screen screen_;
  const instant begun_ = now();
  instant heard_ = now(), drawn_{}, rated_ = now();
  bool heard_once_ = false;
  bool complained_ = false;  ///< of `once`: that it has to try again
  std::uint64_t rated_changes_ = 0;
  double rate_ = 0;
  std::string note_, lost_reason_;
};

}  // namespace

int watch(const watch_options& options) {
  return watcher(options).run();
}

}  // namespace blotter::app
