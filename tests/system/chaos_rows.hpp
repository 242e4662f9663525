#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

// Rows into a topic at an even rate, some of them deletes. Each change of a row has a number, and when each
// of the last ones was made is remembered.

namespace chaos {

inline std::int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

struct shape {
  unsigned clients = 1;
  unsigned rows_each = 10;
  double rate = 1000;  ///< rows a second, over all clients
  std::uint64_t seed = 1;
};

inline std::string client_name(unsigned client) {
  char text[32];
  std::snprintf(text, sizeof text, "client-%05u", client);
  return text;
}

class producer {
 public:
  producer(const std::string& brokers, std::string topic, shape all)
      : topic_(std::move(topic)),
        all_(all),
        chance_(all.seed),
        made_(rows() * remembered),
        numbers_(rows(), 0) {
    handle_ = open(brokers);
    for (unsigned i = 0; i < rows(); ++i) write(i);
    rd_kafka_flush(handle_, 60'000);
    thread_ = std::thread([this] { run(); });
  }
  ~producer() {
    ending_ = true;
    thread_.join();
    rd_kafka_destroy(handle_);
  }
  producer(const producer&) = delete;
  producer& operator=(const producer&) = delete;

  void go() { resting_ = false; }
  /// From then on nothing is written; `paused` once all that was is in the topic.
  void pause() {
    paused_ = false;
    resting_ = true;
  }
  bool paused() const { return paused_; }
  std::uint64_t produced() const { return produced_; }

  /// When change `number` of this row was made, or the oldest one after it that is still remembered.
  std::int64_t made_us(unsigned client, unsigned row, std::int64_t number, std::int64_t newest) const {
    const std::int64_t oldest = newest - remembered / 2;
    return made_[place(client * all_.rows_each + row, number < oldest ? oldest : number)];
  }

 private:
  static constexpr std::int64_t remembered = 64;

  unsigned rows() const { return all_.clients * all_.rows_each; }
  static std::size_t place(unsigned row, std::int64_t number) {
    return static_cast<std::size_t>(row * remembered + number % remembered);
  }

  /// Nothing is lost or written twice while the broker is away.
  static rd_kafka_t* open(const std::string& brokers) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    const char* settings[][2] = {{"bootstrap.servers", brokers.c_str()},
                                 {"linger.ms", "2"},
                                 {"acks", "all"},
                                 {"enable.idempotence", "true"},
                                 {"message.timeout.ms", "600000"},
                                 {"queue.buffering.max.messages", "2000000"},
                                 {"reconnect.backoff.ms", "50"},
                                 {"reconnect.backoff.max.ms", "250"},
                                 {"log_level", "0"}};
    char why[512];
    for (const auto& [name, value] : settings)
      if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) fail(why);
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* one, void*) {
      if (one->err) fail(rd_kafka_err2str(one->err));
    });
    return rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  }

  [[noreturn]] static void fail(const char* why) {
    std::fprintf(stderr, "chaos_reader: producer: %s\n", why);
    std::_Exit(3);
  }

  void run() {
    std::int64_t due = now_us();
    const auto step = static_cast<std::int64_t>(1e6 / all_.rate);
    while (!ending_) {
      if (resting_) {
        rd_kafka_flush(handle_, 100);
        paused_ = rd_kafka_outq_len(handle_) == 0;
        rd_kafka_poll(handle_, 10);
        due = now_us();
        continue;
      }
      for (const std::int64_t now = now_us(); due <= now; due += step)
        write(static_cast<unsigned>(chance_() % rows()));
      rd_kafka_poll(handle_, 1);
    }
  }

  void write(unsigned which) {
    const std::int64_t number = numbers_[which]++, now = now_us();
    made_[place(which, number)] = now;
    const std::string client = client_name(which / all_.rows_each);
    const std::string row = client + "-r" + std::to_string(which % all_.rows_each);
    const std::string key = client + "_" + row;
    char value[512];
    int size = std::snprintf(
        value, sizeof value, R"({"clientId":"%s","ticker":"%s","n":%lld,"sent_us":%lld,"note":"%090d"})",
        client.c_str(), row.c_str(), static_cast<long long>(number), static_cast<long long>(now), 0);
    const bool deleted = number > 0 && chance_() % 32 == 0;
    while (rd_kafka_producev(
               handle_, RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_KEY(key.data(), key.size()),
               RD_KAFKA_V_VALUE(deleted ? nullptr : value, deleted ? 0 : static_cast<std::size_t>(size)),
               RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR)
      rd_kafka_poll(handle_, 50);
    ++produced_;
  }

  std::string topic_;
  shape all_;
  std::mt19937_64 chance_;
  std::vector<std::atomic<std::int64_t>> made_;
  std::vector<std::int64_t> numbers_;
  rd_kafka_t* handle_ = nullptr;
  std::atomic<bool> resting_{true}, paused_{true}, ending_{false};
  std::atomic<std::uint64_t> produced_{0};
  std::thread thread_;
};

}  // namespace chaos
