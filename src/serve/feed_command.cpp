#include "serve/feed_command.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "feed/market.hpp"
#include "kafka/feed_url.hpp"
#include "kafka/kafka_writer.hpp"
#include "serve/addresses.hpp"

namespace blotter::serve {

namespace {

/// Set by a signal: the loop ends after the record at hand.
std::atomic<bool> stop_wanted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

wall_time wall_now() {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

/// Where records go. `put` may wait; false when nothing more can be written.
class target {
 public:
  virtual ~target() = default;
  virtual bool put(const feed::market_record& record) = 0;
  /// Sends on what is held; called when no record is due for the moment.
  virtual bool flush() = 0;
  /// At the end. False when something that was put has not been written.
  virtual bool finish() = 0;
};

class line_target final : public target {
 public:
  bool put(const feed::market_record& record) override {
    if (record.value && record.value->find('\n') == std::string_view::npos) {
      text_.append("{\"key\":");
      append_json_string(text_, record.key);
      text_.append(",\"value\":").append(*record.value).append("}\n");
    } else {
      text_.append("{\"key\":");
      append_json_string(text_, record.key);
      text_.append(",\"value\":null}\n");
    }
    return text_.size() < held_max || flush();
  }
  bool flush() override {
    std::string_view left = text_;
    while (!left.empty()) {
      const ssize_t written = ::write(STDOUT_FILENO, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;  // the reader has gone
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    text_.clear();
    return true;
  }
  bool finish() override { return flush(); }

 private:
  static constexpr std::size_t held_max = 64 * 1024;
  std::string text_;
};

class kafka_target final : public target {
 public:
  kafka_target(const config::settings& s, const std::string& url_text) : writer_(options_of(s, url_text)) {
    writer_.ensure_topic(static_cast<std::uint32_t>(s.integer("partitions")), std::chrono::seconds(30));
  }
  bool put(const feed::market_record& record) override { return writer_.write(record.key, record.value); }
  bool flush() override { return true; }
  bool finish() override {
    const bool delivered = writer_.flush(std::chrono::seconds(30));
    const std::uint64_t failed = writer_.counters().failed.load();
    if (!delivered || failed > 0)
      log::error("feed", "not everything was delivered",
                 {{"failed", failed}, {"reason", writer_.last_failure()}});
    return delivered && failed == 0;
  }

 private:
  static kafka::writer_options options_of(const config::settings& s, const std::string& url_text) {
    const auto url = kafka::parse_feed_url(url_text);
    if (!url) throw config::refused({{s.source("to"), url.error().message()}});
    kafka::writer_options options;
    options.brokers = url->brokers;
    options.topic = url->topic;
    for (const std::string& each : s.list("kafka-property"))
      options.properties.push_back(kafka::parse_property(each));
    options.log = [](int level, std::string_view line) {
      log::write(level <= 4 ? log::level::warn : log::level::info, "kafka", line);
    };
    return options;
  }

  kafka::kafka_writer writer_;
};

std::unique_ptr<target> target_for(const config::settings& s) {
  const target_address to = target_of(s.text("to"));
  if (std::holds_alternative<stdout_target>(to)) return std::make_unique<line_target>();
  try {
    return std::make_unique<kafka_target>(s, std::get<kafka_feed>(to).url);
  } catch (const config::refused&) {
    throw;
  } catch (const std::exception& e) {
    throw config::refused({{s.source("to"), e.what()}});
  }
}

feed::market_options market_of(const config::settings& s) {
  return {.seed = static_cast<std::uint64_t>(s.integer("seed")),
          .clients = static_cast<std::uint32_t>(s.integer("clients")),
          .rows = static_cast<std::uint32_t>(s.integer("rows-per-client")),
          .rate = static_cast<double>(s.integer("rate"))};
}

}  // namespace

int run_feed(const config::settings& s) {
  std::signal(SIGPIPE, SIG_IGN);
  for (const int ended_by : {SIGINT, SIGTERM})
    std::signal(ended_by, [](int) { stop_wanted.store(true, std::memory_order_relaxed); });

  const auto to = target_for(s);
  feed::market market(market_of(s));
  const auto count_max = static_cast<std::uint64_t>(s.integer("count"));
  std::uint64_t count = 0;
  bool open = true;
  while (open && !stop_wanted.load(std::memory_order_relaxed) && (count_max == 0 || count < count_max)) {
    const auto record = market.next(wall_now());
    if (record) {
      open = to->put(*record);
      ++count;
      continue;
    }
    open = to->flush();
    std::this_thread::sleep_until(std::min(market.due(), wall_now() + milliseconds(100)));
  }
  const bool all_written = to->finish();
  log::info("feed", "ended", {{"rows", count}});
  return all_written || !open ? 0 : 1;
}

}  // namespace blotter::serve
