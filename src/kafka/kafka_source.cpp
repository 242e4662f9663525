#include "kafka/kafka_source.hpp"

#include <algorithm>
#include <utility>

namespace blotter::kafka {
namespace {

using std::chrono::steady_clock;

constexpr milliseconds turn_period{100};
constexpr milliseconds report_period{1000};
/// A view older than this means that brokers are silent: a stopped process keeps its connections.
constexpr milliseconds view_age_max{1000};
/// How long the end of the log may be known and not reached before viewers are told that they may be behind.
constexpr milliseconds behind_max{1500};
/// The library has bugs that stop a partition for ever; a new handle is the only remedy.
constexpr milliseconds stall_max{10'000};
constexpr int open_ms_max = 800;
constexpr milliseconds reopen_delay{300};
/// Cuts are also seen by fetch errors at once; twice, because one broker of two may be behind for a moment.
constexpr int shrinks_to_believe = 2;

moment now_on_both_clocks() {
  return {steady_clock::now(), std::chrono::floor<milliseconds>(std::chrono::system_clock::now())};
}

std::string_view bytes_of(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

}  // namespace

kafka_source::kafka_source(kafka_options options, feed::record_mapping mapping, feed::reject_ledger& rejects,
                           feed::outlet& out)
    : options_(std::move(options)),
      properties_(consumer_properties(options_)),
      parser_(std::move(mapping)),
      rejects_(rejects),
      out_(out),
      watch_(options_, wake_),
      jitter_(static_cast<std::uint64_t>(steady_clock::now().time_since_epoch().count())) {}

void kafka_source::start() {
  watch_.start();
  thread_ = std::thread(&kafka_source::run, this);
}

void kafka_source::stop() {
  stopping_ = true;
  wake_.raise();
  watch_.stop();
  if (thread_.joinable()) thread_.join();
}

void kafka_source::run() {
  waiting_for_ = "broker " + to_string(options_.brokers);
  while (!stopping_ && !ended_) {
    turn();
    if (!ended_) wake_.wait(turn_period);
  }
  log_.reset();
}

void kafka_source::turn() {
  const auto began = steady_clock::now();
  // A process that stood still is told ends of logs that were true before.
  if (turned_ != instant{} && began - turned_ > end_age_max) ends_count_from_ = began + end_age_max;
  turned_ = began;
  if (log_) log_->poll();
  if (log_) drain();
  const auto now = steady_clock::now();
  consider_view(now);
  if (!log_ && topic_ && doubt_ == doubt::none && now >= open_at_) open(now);
  check_freshness(now);
  report_progress(now);
}

// Reads until the queue is empty, or for one period of turns: a log that never ends must not keep views
// waiting.
void kafka_source::drain() {
  const moment now = now_on_both_clocks();
  const auto interrupted = [&] { return doubt_ != doubt::none || open_at_ > now.steady; };
  bool empty = false;
  while (!empty && !stopping_ && !ended_ && log_ && steady_clock::now() - now.steady < turn_period) {
    const auto asked = steady_clock::now();
    const auto messages = log_->take();
    empty = messages.size() < log_reader::batch_size_max;
    for (const auto* message : messages) {
      accept(*message, now);
      if (interrupted()) break;
    }
    if (interrupted()) log_.reset();
    if (empty) queue_empty_at_ = asked;
  }
  flush();
  if (!empty) wake_.raise();  // the library signals an empty queue that fills, not one left half full
}

void kafka_source::accept(const rd_kafka_message_t& message, const moment& now) {
  const auto partition = static_cast<std::uint32_t>(message.partition);
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    return accept_error(message);
  }
  if (partition >= partitions_.size()) return;
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    auto& progress = partitions_[partition];
    progress.end(message.offset, now, retention_);
    // The word has been waiting since the queue was empty, at most.
    if (progress.next() == message.offset && now.steady >= ends_count_from_) progress.whole(queue_empty_at_);
  } else {
    accept_record(message, now);
  }
  if (doubt_ != doubt::none) return;
  // Nothing more is given until a look at the topic that is not from before lets it begin anew.
  if (partitions_[partition].may_have_missed_deletes())
    return close_and_doubt(doubt::deletes_missed, steady_clock::now());
  note_progress(partition);
}

void kafka_source::accept_record(const rd_kafka_message_t& message, const moment& now) {
  const auto partition = static_cast<std::uint32_t>(message.partition);
  rd_kafka_timestamp_type_t clock = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const wall_time time{milliseconds(rd_kafka_message_timestamp(&message, &clock))};
  const auto stamped = clock == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? std::optional(time) : std::nullopt;
  if (!partitions_[partition].record(message.offset, stamped, now, retention_)) {
    return close_and_doubt(doubt::log_cut, now.steady);
  }
  feed::raw_record record{.key = std::nullopt,
                          .value = std::nullopt,
                          .partition = message.partition,
                          .offset = message.offset,
                          .time = time};
  if (message.key != nullptr) record.key = bytes_of(message.key, message.key_len);
  if (message.payload != nullptr) record.value = bytes_of(message.payload, message.len);
  if (const auto refused = parser_.parse(record, batch_)) rejects_.note(record, *refused, now.steady);
  if (batch_.full()) flush();
  ++load_records_;
  counters_.records.fetch_add(1, std::memory_order_relaxed);
  counters_.bytes.fetch_add(message.key_len + message.len, std::memory_order_relaxed);
}

void kafka_source::accept_error(const rd_kafka_message_t& message) {
  const auto now = steady_clock::now();
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return close_and_doubt(doubt::log_cut, now);
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return close_and_doubt(doubt::topic_missing, now);
    default:
      lose("partition " + std::to_string(message.partition) + " of topic " + options_.topic +
               " cannot be read: " + rd_kafka_err2str(message.err),
           now);
      reopen_later(now);
  }
}

// Tells a horizon that has grown, and that the partition is caught up, behind the records that made it so.
void kafka_source::note_progress(table::partition_id partition) {
  auto& progress = partitions_[partition];
  const bool caught_up = !progress.caught_up_told && progress.reached_first_end();
  if (!progress.caught_up_told && !caught_up) return;  // its horizon is told once, when it is caught up
  const auto horizon = progress.horizon().horizon();
  if (!caught_up && horizon == progress.horizon_told) return;
  flush();
  if (horizon != progress.horizon_told) put(feed::horizon_known{partition, horizon});
  progress.horizon_told = horizon;
  if (!caught_up) return;
  put(feed::partition_caught_up{partition, progress.next()});
  progress.caught_up_told = true;
  if (++caught_up_ == partitions_.size()) reported_ = {};  // say so now
}

void kafka_source::flush() {
  if (!batch_.changes.empty()) put(std::exchange(batch_, {}));
}

void kafka_source::consider_view(instant now) {
  auto view = watch_.latest();
  if (!view || view == view_) return;
  view_ = std::move(view);
  switch (view_->is) {
    case topic_view::state::known:
      compare(*view_, now);
      break;
    case topic_view::state::missing:
      if (topic_ && doubt_ != doubt::topic_missing) close_and_doubt(doubt::topic_missing, now);
      lose(view_->trouble, now);
      break;
    case topic_view::state::unreachable:
      if (!topic_ || lost_) lose(view_->trouble, now);  // else one bad look is not yet a loss
      break;
  }
}

void kafka_source::compare(const topic_view& view, instant now) {
  retention_ = view.retention;
  known_view_ = view_;
  if (!topic_) return begin(view, "");
  if (view.topic.partitions != topic_->partitions && view.topic.id == topic_->id) {
    return begin(view, "number of partitions changed from " + std::to_string(topic_->partitions) + " to " +
                           std::to_string(view.topic.partitions));
  }
  if (!view.topic.same_topic(*topic_)) return begin(view, "topic was created again");
  const doubt doubted = doubt_;
  if (doubted != doubt::none && view.asked < doubted_) return;  // it is from before: ask again
  if (doubted == doubt::topic_missing && view.identified) {
    doubt_ = doubt::none;  // it is the same topic after all
    return reopen_later(now);
  }
  if (doubted == doubt::deletes_missed) return begin(view, "deletes may have been missed");
  shrinks_ = view.asked >= nexts_before_at_ && log_shrank(view) ? shrinks_ + 1 : 0;
  if (doubted != doubt::none || shrinks_ >= shrinks_to_believe) {
    truncation_ = truncation_mark(view.topic, view.begins, truncation_);
    return begin(view, doubted == doubt::topic_missing ? "topic was created again" : "log was truncated");
  }
  nexts_before_at_ = now;
  for (std::size_t p = 0; p < partitions_.size(); ++p) {
    nexts_before_[p] = partitions_[p].next();
    partitions_[p].aim(view.ends[p], view.asked);
  }
}

bool kafka_source::log_shrank(const topic_view& view) const {
  for (std::size_t p = 0; p < partitions_.size(); ++p) {
    if (view.ends[p] < nexts_before_[p]) return true;
  }
  return false;
}

void kafka_source::begin(const topic_view& view, std::string reason) {
  log_.reset();
  flush();
  if (topic_ && !view.topic.same_topic(*topic_)) truncation_ = 0;
  topic_ = view.topic;
  doubt_ = doubt::none;
  shrinks_ = 0;
  generation_ = generation_of(*topic_, truncation_);
  partitions_.clear();
  nexts_before_ = view.begins;
  nexts_before_at_ = queue_empty_at_ = steady_clock::now();
  for (std::size_t p = 0; p < view.ends.size(); ++p)
    partitions_.emplace_back(view.begins[p], view.ends[p]).whole(nexts_before_at_);
  caught_up_ = 0;
  load_records_ = 0;
  load_total_ = 0;
  for (std::size_t p = 0; p < view.ends.size(); ++p) {
    load_total_ +=
        static_cast<std::uint64_t>(std::max<table::record_offset>(view.ends[p] - view.begins[p], 0));
    partitions_[p].aim(view.ends[p], view.asked);
  }
  if (!reason.empty())
    options_.log(4, "topic " + options_.topic + ": " + reason + "; reading it from the start");
  counters_.generations.fetch_add(1, std::memory_order_relaxed);
  put(feed::generation_began{generation_, topic_->partitions, std::move(reason)});
  if (!lost_) waiting_for_.clear();
  open_at_ = {};
}

void kafka_source::open(instant now) {
  std::vector<table::record_offset> from;
  for (const auto& progress : partitions_) from.push_back(progress.next());
  open_at_ = {};
  all_brokers_down_ = false;
  client_listener& listener = *this;
  log_ = std::make_unique<log_reader>(properties_, listener, options_.topic, wake_);
  const auto failed = log_->open(from, open_ms_max);
  if (failed == RD_KAFKA_RESP_ERR_NO_ERROR) return wake_.raise();
  lose("topic " + options_.topic + " cannot be read: " + rd_kafka_err2str(failed), now);
  reopen_later(now);
  log_.reset();
}

void kafka_source::close_and_doubt(doubt what, instant now) {
  doubt_ = what;
  doubted_ = now;
  watch_.look();
}

void kafka_source::reopen_later(instant now) {
  counters_.reopenings.fetch_add(1, std::memory_order_relaxed);
  open_at_ =
      now + reopen_delay + milliseconds(jitter_.below(static_cast<std::uint64_t>(reopen_delay.count())));
}

void kafka_source::check_freshness(instant now) {
  if (doubt_ != doubt::none || open_at_ > now) log_.reset();
  if (!known_view_) return;
  if (std::exchange(all_brokers_down_, false)) lose("no broker answers: " + to_string(options_.brokers), now);
  if (now - known_view_->asked > view_age_max) {
    lose(view_->is == topic_view::state::known ? "brokers are silent: " + to_string(options_.brokers)
                                               : view_->trouble,
         now);
  }
  bool stalled = false;
  for (std::size_t p = 0; p < partitions_.size() && log_; ++p) {
    auto& progress = partitions_[p];
    if (progress.caught_up_told && progress.behind(now) > behind_max) {
      lose("partition " + std::to_string(p) + " is behind the end of its log", now);
    }
    if (!progress.stalled(now, stall_max)) continue;
    stalled = true;
    progress.forgive(now);
  }
  if (stalled && !lost_) lose("a partition stands still", now);
  if (stalled) {
    options_.log(4, "topic " + options_.topic + ": a partition stands still; making a new connection");
    reopen_later(now);
    log_.reset();
  }
  restore_if_current();
}

void kafka_source::lose(std::string reason, instant now) {
  lost_at_ = now;
  waiting_for_ = std::move(reason);
  if (!topic_ || std::exchange(lost_, true)) return;  // what never was there cannot be lost
  reported_ = {};
  counters_.losses.fetch_add(1, std::memory_order_relaxed);
  options_.log(4, "feed lost: " + waiting_for_);
  flush();
  put(feed::feed_lost{waiting_for_});
}

void kafka_source::restore_if_current() {
  const bool sure = lost_ && topic_ && log_ && doubt_ == doubt::none && caught_up_ == partitions_.size() &&
                    known_view_->asked > lost_at_;
  if (!sure || !std::ranges::all_of(partitions_, &partition_progress::at_end)) return;
  lost_ = false;
  waiting_for_.clear();
  options_.log(6, "feed restored: at the end of the log again");
  flush();
  put(feed::feed_restored{});
}

void kafka_source::report_progress(instant now) {
  const bool loading = !topic_ || caught_up_ < partitions_.size() || lost_;
  if (reported_ != instant() && (!loading || now - reported_ < report_period)) return;
  reported_ = now;
  flush();
  put(feed::load_progress{caught_up_, topic_ ? topic_->partitions : 0, load_records_, load_total_,
                          waiting_for_});
}

void kafka_source::put(feed::event what) {
  if (!ended_ && !out_.put(std::move(what))) ended_ = true;
}

void kafka_source::on_error(rd_kafka_resp_err_t code, std::string_view text) {
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) all_brokers_down_ = true;
  watch_.look();
  const bool seen_by_watch =
      code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
      code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (seen_by_watch) return;
  options_.log(4, std::string("Kafka: ") + rd_kafka_err2name(code) + ": " + std::string(text));
}

}  // namespace blotter::kafka
