#include "serve/feed_input.hpp"

#include <unistd.h>

#include <atomic>
#include <utility>

#include "base/log.hpp"
#include "feed/market.hpp"
#include "feed/record.hpp"
#include "kafka/dead_letter_topic.hpp"
#include "kafka/feed_url.hpp"
#include "kafka/kafka_source.hpp"
#include "lines/clocks.hpp"
#include "lines/dead_letter_file.hpp"
#include "lines/file_source.hpp"
#include "lines/simulated_source.hpp"
#include "lines/stream_source.hpp"
#include "serve/addresses.hpp"

namespace blotter::serve {

namespace {

[[noreturn]] void refuse(const config::settings& s, std::string_view setting, std::string why) {
  throw config::refused({{s.source(setting), std::move(why)}});
}

kafka::feed_url url_of(const config::settings& s, const std::string& text) {
  auto url = kafka::parse_feed_url(text);
  if (!url) refuse(s, "feed", url.error().message());
  return *url;
}

std::vector<kafka::property> properties_of(const config::settings& s) {
  std::vector<kafka::property> all;
  for (const std::string& each : s.list("kafka-property")) all.push_back(kafka::parse_property(each));
  return all;
}

kafka::log_line kafka_log() {
  return [](int level, std::string_view line) {
    log::write(level <= 3   ? log::level::error
               : level == 4 ? log::level::warn
                            : log::level::info,
               "kafka", line);
  };
}

feed::record_mapping mapping_of(const config::settings& s) {
  return {s.text("feed-key"), s.text("feed-key-split") == "last" ? feed::split::last : feed::split::first,
          s.text("feed-client-field"), s.text("feed-row-field")};
}

}  // namespace

class feed_input::source {
 public:
  virtual ~source() = default;
  virtual void start() = 0;
  virtual void stop() = 0;
};

template <class Source>
class feed_input::source_of final : public source {
 public:
  template <class... Arguments>
  explicit source_of(Arguments&&... arguments) : source_(std::forward<Arguments>(arguments)...) {}
  void start() override { source_.start(); }
  void stop() override { source_.stop(); }
  Source& get() { return source_; }

 private:
  Source source_;
};

/// The simulated market in the turns of a core.
class feed_input::market_on_core final : public source {
 public:
  market_on_core(net::core& on, feed::market_options market, feed::reject_ledger& rejects, feed::outlet& out)
      : core_(on), market_(market, rejects, out) {
    core_.every(lines::simulated_source::pace, [this](instant) { turn(); });
  }
  void start() override { running_ = true; }
  void stop() override { running_ = false; }

 private:
  void turn() {
    if (!running_ || again_) return;
    using turned = lines::simulated_source::turned;
    again_ = market_.turn(lines::arrival_now()) == turned::more;
    if (!again_) return;
    core_.post([this] {
      again_ = false;
      turn();
    });
  }

  net::core& core_;
  lines::simulated_source market_;
  std::atomic<bool> running_{false};
  bool again_ = false;  // a turn is posted
};

feed_input::feed_input(const config::settings& s, const surroundings& around) {
  const feed_address from = feed_of(s.text("feed"));
  const auto* kafka_from = std::get_if<kafka_feed>(&from);

  const dead_letter_address letters = dead_letter_of(s.text("dead-letter"));
  if (const auto* file = std::get_if<file_feed>(&letters)) {
    try {
      letters_ =
          std::make_unique<lines::dead_letter_file>(lines::dead_letter_file::options{.path = file->path});
    } catch (const std::exception& e) {
      refuse(s, "dead-letter", e.what());
    }
  } else if (const auto* topic = std::get_if<topic_dead_letter>(&letters)) {
    if (!kafka_from) refuse(s, "dead-letter", "names a topic, but the feed is not in Kafka; use file:PATH");
    auto writer = std::make_unique<kafka::dead_letter_topic>(
        kafka::writer_options{.brokers = url_of(s, kafka_from->url).brokers,
                              .topic = topic->topic,
                              .properties = properties_of(s),
                              .log = kafka_log()});
    flush_letters_ = [raw = writer.get()] { raw->flush(std::chrono::seconds(1)); };
    letters_ = std::move(writer);
  }
  ledger_ = std::make_unique<feed::reject_ledger>(letters_.get(),
                                                  [](std::string_view line) { log::warn("feed", line); });

  try {
    if (std::holds_alternative<simulated_feed>(from)) {
      source_ = std::make_unique<market_on_core>(
          around.core,
          feed::market_options{.seed = static_cast<std::uint64_t>(s.integer("simulate-seed")),
                               .clients = static_cast<std::uint32_t>(s.integer("simulate-clients")),
                               .rows = static_cast<std::uint32_t>(s.integer("simulate-rows")),
                               .rate = static_cast<double>(s.integer("simulate-rate"))},
          *ledger_, around.core_out);
    } else if (std::holds_alternative<stdin_feed>(from)) {
      source_ = std::make_unique<source_of<lines::stream_source>>(STDIN_FILENO, mapping_of(s), *ledger_,
                                                                  around.out);
    } else if (const auto* file = std::get_if<file_feed>(&from)) {
      source_ = std::make_unique<source_of<lines::file_source>>(
          lines::file_options{.path = file->path, .mapping = mapping_of(s)}, *ledger_, around.out);
    } else {
      const kafka::feed_url url = url_of(s, kafka_from->url);
      auto topic = std::make_unique<source_of<kafka::kafka_source>>(
          kafka::kafka_options{.brokers = url.brokers,
                               .topic = url.topic,
                               .properties = properties_of(s),
                               .isolation_level = s.text("kafka-isolation") == "read_committed"
                                                      ? kafka::isolation::committed
                                                      : kafka::isolation::uncommitted,
                               .log = kafka_log()},
          mapping_of(s), *ledger_, around.out);
      partitions_ = &topic->get();
      source_ = std::move(topic);
    }
  } catch (const config::refused&) {
    throw;
  } catch (const std::exception& e) {
    refuse(s, "feed", e.what());
  }
}

feed_input::~feed_input() = default;

void feed_input::start() {
  source_->start();
}

void feed_input::stop() {
  source_->stop();
  if (flush_letters_) flush_letters_();
}

}  // namespace blotter::serve
