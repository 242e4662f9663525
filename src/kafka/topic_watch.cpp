#include "kafka/topic_watch.hpp"

#include <charconv>
#include <cstring>

#include "kafka/error.hpp"

namespace blotter::kafka {
namespace {

using std::chrono::steady_clock;

constexpr milliseconds look_period{250};
constexpr milliseconds look_jitter{100};
/// Also the longest that `stop` may have to wait for a call of the library.
constexpr milliseconds answer_time_max{800};
constexpr int answer_ms_max = static_cast<int>(answer_time_max.count());
constexpr std::chrono::seconds retention_period{30};
constexpr int first_retention_ms_max = 300;
/// As many closed connections in a row as prove that brokers do not tell topic ids, if they never did.
constexpr int unanswered_max = 3;

std::string hex(const topic_id& id) {
  std::string text;
  for (const auto byte : id) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

bool speaks_otherwise(const result<topic_identity>& answer) {
  return !answer && (answer.error() == errc::closed_unanswered || answer.error() == errc::answer_too_long ||
                     answer.error() == errc::answer_malformed);
}

tombstone_retention retention_in(rd_kafka_event_t& answer) {
  const auto* described = rd_kafka_event_DescribeConfigs_result(&answer);
  if (described == nullptr || rd_kafka_event_error(&answer) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::nullopt;
  std::size_t resources = 0;
  const auto** found = rd_kafka_DescribeConfigs_result_resources(described, &resources);
  for (std::size_t r = 0; r < resources; ++r) {
    std::size_t entries = 0;
    const auto** configs = rd_kafka_ConfigResource_configs(found[r], &entries);
    for (std::size_t e = 0; e < entries; ++e) {
      const char* value = rd_kafka_ConfigEntry_value(configs[e]);
      if (value == nullptr || std::strcmp(rd_kafka_ConfigEntry_name(configs[e]), "delete.retention.ms") != 0)
        continue;
      std::int64_t ms = -1;
      std::from_chars(value, value + std::strlen(value), ms);
      constexpr std::int64_t year_ms = 366LL * 24 * 3600 * 1000;  // more would only overflow sums
      if (ms >= 0) return milliseconds(std::min(ms, year_ms));
    }
  }
  return std::nullopt;
}

bool is_unknown_topic(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

}  // namespace

topic_watch::topic_watch(const kafka_options& options, const wake_signal& news)
    : options_(options),
      news_(news),
      handle_(RD_KAFKA_CONSUMER, consumer_properties(options), *this),
      connection_(options.brokers, stop_),
      ids_asked_(in_clear(options.properties)),
      configs_(rd_kafka_queue_new(handle_.get())),
      jitter_(static_cast<std::uint64_t>(steady_clock::now().time_since_epoch().count())) {}

void topic_watch::start() {
  if (!ids_asked_) give_up_ids("they speak TLS or SASL");
  thread_ = std::thread(&topic_watch::run, this);
}

void topic_watch::stop() {
  stopping_ = true;
  stop_.raise();
  look_.raise();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const topic_view> topic_watch::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

void topic_watch::run() {
  while (!stopping_) {
    auto seen = std::make_shared<const topic_view>(view());
    {
      const std::lock_guard lock(mutex_);
      latest_ = std::move(seen);
    }
    news_.raise();
    // Jittered so that a cluster's many readers do not all come back at once.
    const auto jitter = jitter_.below(static_cast<std::uint64_t>(look_jitter.count()));
    if (!stopping_) look_.wait(look_period + milliseconds(jitter));
  }
}

topic_view topic_watch::view() {
  topic_view out;
  out.asked = steady_clock::now();
  handle_.poll();
  identify(out);
  if (out.is == topic_view::state::known && !stopping_) measure(out);
  if (out.is == topic_view::state::known && !stopping_) follow_retention();
  out.retention = retention_;
  return out;
}

void topic_watch::identify(topic_view& out) {
  if (!ids_asked_) return identify_by_library(out);
  auto answer = connection_.ask(options_.topic, out.asked + answer_time_max);
  for (int tries = 1; tries < unanswered_max && speaks_otherwise(answer); ++tries) {
    answer = connection_.ask(options_.topic, out.asked + answer_time_max);
  }
  if (answer) {
    out.is = topic_view::state::known;
    out.identified = answer->id != topic_id{};
    out.topic = *std::move(answer);
    if (!std::exchange(ids_told_, true)) {
      options_.log(
          6, "topic " + options_.topic + " has id " + hex(out.topic.id) + " in cluster " + out.topic.cluster);
    }
    return;
  }
  const bool missing = answer.error() == errc::topic_missing;
  out.is = missing ? topic_view::state::missing : topic_view::state::unreachable;
  out.trouble = missing ? "topic " + options_.topic + " does not exist"
                        : to_string(options_.brokers) + ": " + answer.error().message();
  if (ids_told_ || !speaks_otherwise(answer)) return;
  identify_by_library(out);
  if (out.is == topic_view::state::known) give_up_ids("they do not understand the question");
}

void topic_watch::give_up_ids(std::string_view why) {
  ids_asked_ = false;
  options_.log(
      4, "brokers cannot be asked for the id of topic " + options_.topic + " (" + std::string(why) +
             "): a topic that is deleted and made again is noticed by its shorter log or its absence only");
}

void topic_watch::identify_by_library(topic_view& out) {
  const auto code = describe_by_library(out);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const bool missing = is_unknown_topic(code);
    out.is = missing ? topic_view::state::missing : topic_view::state::unreachable;
    out.trouble = missing ? "topic " + options_.topic + " does not exist"
                          : to_string(options_.brokers) + ": " + rd_kafka_err2str(code);
    return;
  }
  out.is = topic_view::state::known;
  out.identified = false;
  if (char* cluster = rd_kafka_clusterid(handle_.get(), answer_ms_max)) {
    out.topic.cluster = cluster;
    rd_kafka_mem_free(handle_.get(), cluster);
  }
}

// What the library says of the topic; has it forget what it believed before.
rd_kafka_resp_err_t topic_watch::describe_by_library(topic_view& out) {
  const topic_ptr topic(rd_kafka_topic_new(handle_.get(), options_.topic.c_str(), nullptr));
  const struct rd_kafka_metadata* answer = nullptr;
  const auto code = rd_kafka_metadata(handle_.get(), 0, topic.get(), &answer, answer_ms_max);
  const metadata_ptr metadata(answer);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;
  if (metadata->topic_cnt != 1) return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  out.topic.partitions = static_cast<std::uint32_t>(metadata->topics[0].partition_cnt);
  return metadata->topics[0].err;
}

void topic_watch::measure(topic_view& out) {
  out.begins.resize(out.topic.partitions);
  out.ends.resize(out.topic.partitions);
  auto code = offsets(RD_KAFKA_OFFSET_END, out.ends);
  if (is_unknown_topic(code) && !stopping_) {
    topic_view known_to_library;
    describe_by_library(
        known_to_library);  // new partitions: unknown to the library for half a minute otherwise
    if (known_to_library.topic.partitions == out.topic.partitions)
      code = offsets(RD_KAFKA_OFFSET_END, out.ends);
  }
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && !stopping_) code = offsets(RD_KAFKA_OFFSET_BEGINNING, out.begins);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  out.is = topic_view::state::unreachable;
  out.trouble = "the leaders of topic " + options_.topic + " do not all answer: " + rd_kafka_err2str(code);
}

// rd_kafka_offsets_for_times hands the "time" to ListOffsets, where -1 asks for the end and -2 for the
// beginning: all partitions in one request a leader, where rd_kafka_query_watermark_offsets needs two a
// partition.
rd_kafka_resp_err_t topic_watch::offsets(std::int64_t which, std::vector<table::record_offset>& out) {
  const auto partitions = static_cast<int>(out.size());
  const list_ptr list(rd_kafka_topic_partition_list_new(partitions));
  for (int p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), p)->offset = which;
  }
  auto code = rd_kafka_offsets_for_times(handle_.get(), list.get(), answer_ms_max);
  for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    const auto& one = list->elems[i];
    code = one.err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && one.offset < 0) code = RD_KAFKA_RESP_ERR__NO_OFFSET;
    out[static_cast<std::size_t>(one.partition)] = one.offset;
  }
  return code;
}

// Asked now and then; only the first answer is waited for, because a load that ends without it has to count
// every gap.
void topic_watch::follow_retention() {
  const auto now = steady_clock::now();
  const bool first = !retention_asked_;
  if (first || now - *retention_asked_ >= retention_period) {
    retention_asked_ = now;
    ask_retention();
  }
  const event_ptr answer(rd_kafka_queue_poll(configs_.get(), first ? first_retention_ms_max : 0));
  if (answer) retention_ = retention_in(*answer);
  if (!first) return;
  options_.log(retention_ ? 6 : 4, retention_ ? "topic " + options_.topic + " keeps tombstones for " +
                                                    std::to_string(retention_->count()) + " ms"
                                              : "the cluster does not tell delete.retention.ms of topic " +
                                                    options_.topic +
                                                    ": every gap in its log counts as deletes unknown");
}

void topic_watch::ask_retention() {
  rd_kafka_ConfigResource_t* resource =
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, options_.topic.c_str());
  rd_kafka_AdminOptions_t* limits =
      rd_kafka_AdminOptions_new(handle_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  rd_kafka_AdminOptions_set_request_timeout(limits, answer_ms_max, nullptr, 0);
  rd_kafka_DescribeConfigs(handle_.get(), &resource, 1, limits, configs_.get());
  rd_kafka_AdminOptions_destroy(limits);
  rd_kafka_ConfigResource_destroy(resource);
}

void topic_watch::on_log(int level, std::string_view line) {
  // Lost connections come with a view that says so; the consuming handle logs them as well.
  if (level <= 3) return;
  options_.log(level, line);
}

}  // namespace blotter::kafka
