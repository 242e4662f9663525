#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/random.hpp"
#include "kafka/horizon_rule.hpp"
#include "kafka/identity_connection.hpp"
#include "kafka/kafka_options.hpp"
#include "kafka/topic_identity.hpp"
#include "kafka/wake_signal.hpp"

namespace blotter::kafka {

/// The topic as the cluster describes it at one time.
struct topic_view {
  enum class state {
    known,        ///< everything below holds
    missing,      ///< the cluster answers, and has no such topic
    unreachable,  ///< somebody needed did not answer
  };
  state is = state::unreachable;
  instant asked{};      ///< before the first question was sent: the view is of this time or later
  std::string trouble;  ///< for people, when not known
  topic_identity topic;
  bool identified =
      false;  ///< `topic.id` is the topic's; otherwise a topic made again looks like the old one
  std::vector<table::record_offset> begins;  ///< of each partition: the first offset that may be read
  std::vector<table::record_offset> ends;  ///< of each partition: the offset after the last that may be read
  tombstone_retention retention;
};

/// Looks at a topic three times a second, on a thread and a handle of its own, because librdkafka 2.0.2
/// notices neither a topic made again nor a broker that has stopped answering. Where the brokers speak TLS or
/// SASL, or are older than Kafka 3.1, their topic ids cannot be asked for: views are then not `identified`.
class topic_watch : client_listener {
 public:
  /// Throws std::runtime_error in librdkafka's words for properties it refuses. `news` is raised for each
  /// view.
  topic_watch(const kafka_options& options, const wake_signal& news);
  ~topic_watch() override { stop(); }

  void start();
  /// Returns within a second, unless the resolver of host names takes longer.
  void stop();

  /// The last view, or null. Any thread.
  std::shared_ptr<const topic_view> latest() const;
  /// Have a look now. Any thread.
  void look() const { look_.raise(); }

 private:
  void run();
  topic_view view();
  void identify(topic_view& out);
  void identify_by_library(topic_view& out);
  void give_up_ids(std::string_view why);
  void measure(topic_view& out);
  rd_kafka_resp_err_t describe_by_library(topic_view& out);
  rd_kafka_resp_err_t offsets(std::int64_t which, std::vector<table::record_offset>& out);
  void follow_retention();
  void ask_retention();

  void on_error(rd_kafka_resp_err_t, std::string_view) override {}  // the view says it
  void on_log(int level, std::string_view line) override;

  const kafka_options options_;
  const wake_signal& news_;
  const wake_signal stop_;
  const wake_signal look_;
  std::atomic<bool> stopping_ = false;
  client_handle handle_;
  identity_connection connection_;
  bool ids_asked_;         ///< false once they are known to be out of reach; never true again
  bool ids_told_ = false;  ///< a broker has told one
  queue_ptr configs_;      ///< where answers about the topic's settings arrive
  tombstone_retention retention_;
  std::optional<instant> retention_asked_;
  random_source jitter_;

  mutable std::mutex mutex_;  ///< guards latest_
  std::shared_ptr<const topic_view> latest_;
  std::thread thread_;
};

}  // namespace blotter::kafka
