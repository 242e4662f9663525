#include "lines/file_source.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lines/clocks.hpp"
#include "lines/random_generation.hpp"

namespace blotter::lines {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::size_t head_size_max = 4096;
constexpr std::size_t tail_size_max = 256;
constexpr std::size_t generations_kept = 1024;
constexpr milliseconds progress_period{1000};

/// FNV-1a over what makes a file the same file, finished by a mix that spreads it over all bits.
class identity_hash {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  }
  void add(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) state_ = (state_ ^ (value >> shift & 0xFF)) * 0x100000001B3u;
  }
  table::generation generation() const {
    std::uint64_t id = state_ ^ (state_ >> 32);
    id *= 0x9E3779B97F4A7C15u;
    return table::generation{std::max<std::uint64_t>(id ^ (id >> 29), 1)};
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325u;
};

}  // namespace

file_source::file_source(file_options options, feed::reject_ledger& rejects, feed::outlet& to)
    : options_(std::move(options)),
      to_(to),
      pump_(options_.mapping, rejects, to),
      file_(options_.path, options_.notices),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)) {}

void file_source::start() {
  thread_.start([this] { run(); });
}

void file_source::run() {
  for (;;) {
    file_.forget_notices();
    if (!look() || thread_.stopping()) return;
    const auto woken = thread_.wait({file_.notices()}, pause(arrival_now().now));
    if (woken == source_thread::woken::by_stop) return;
  }
}

/// Finds out what has become of the file, and reads what is new of it.
bool file_source::look() {
  const instant now = arrival_now().now;
  const auto state = file_.look();
  if (!state) return missing(now);
  const bool same = file_.is_open() && state->identity == identity_;
  const bool grew = same && state->size >= read_ && tail() == tail_;
  if (grew && head() == head_) {
    missing_since_.reset();
    return read_all();
  }
  const bool grew_a_head = grew && head_.empty();
  const char* const reason = generations_.empty() ? ""
                             : grew_a_head        ? "the file has its first line now"
                             : same               ? "the file was truncated"
                                                  : "the file was replaced";
  const auto opened = file_.open();
  if (!opened) return missing(now);
  missing_since_.reset();
  return begin(*opened, reason) && read_all();
}

bool file_source::missing(instant now) {
  if (generations_.empty()) return progress(now, file_.problem());
  if (lost_) return true;
  if (!missing_since_) missing_since_ = now;
  if (now - *missing_since_ < options_.lost_after) return true;
  lost_ = true;
  return to_.put(feed::feed_lost{file_.problem()});
}

bool file_source::begin(const file_state& state, std::string reason) {
  pump_.restart();
  read_ = 0;
  tail_.clear();
  identity_ = state.identity;
  load_end_ = state.size;
  head_ = head();
  if (generations_.size() == generations_kept) generations_.erase(generations_.begin());
  generations_.push_back(next_generation(identity_));
  return to_.put(feed::generation_began{generations_.back(), 1, std::move(reason)});
}

/// The first line, or the first `head_size_max` bytes of it; empty when neither is there yet.
std::string file_source::head() {
  std::string text(head_size_max, '\0');
  const auto size = file_.read(text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  const auto end = text.find('\n');
  if (end == text.npos && text.size() < head_size_max) return {};
  return text.substr(0, end == text.npos ? end : end + 1);
}

/// The bytes that stand now where those remembered in `tail_` stood.
std::string file_source::tail() {
  std::string text(tail_.size(), '\0');
  const auto size = file_.read(text.data(), text.size(), read_ - text.size());
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return text;
}

table::generation file_source::next_generation(const file_identity& identity) {
  identity_hash hash;
  hash.add(identity.device);
  hash.add(identity.inode);
  hash.add(static_cast<std::uint64_t>(identity.born_ns));
  hash.add(head_);
  const auto derived = hash.generation();
  const bool used = std::find(generations_.begin(), generations_.end(), derived) != generations_.end();
  return used ? random_generation() : derived;
}

bool file_source::read_all() {
  for (;;) {
    if (thread_.stopping()) return false;
    const auto size = file_.read(buffer_.get(), buffer_size, read_);
    if (size < 0) {
      file_.close();
      return missing(arrival_now().now);
    }
    if (size == 0) return at_end();
    const std::string_view bytes(buffer_.get(), static_cast<std::size_t>(size));
    read_ += bytes.size();
    tail_.append(bytes.substr(bytes.size() - std::min(bytes.size(), tail_size_max)));
    tail_.erase(0, tail_.size() - std::min(tail_.size(), tail_size_max));
    const feed::arrival now = arrival_now();
    if (!pump_.take(bytes, now)) return false;
    // A file that grows faster than it is read has no end: what was there when the load began counts.
    if (load_end_ && read_ >= *load_end_ && !at_end()) return false;
    if (load_end_ && now.now - progress_at_ >= progress_period && !progress(now.now, "")) return false;
  }
}

bool file_source::at_end() {
  if (!pump_.flush()) return false;
  if (std::exchange(load_end_, std::nullopt) && !to_.put(feed::partition_caught_up{0, pump_.offset()}))
    return false;
  return !std::exchange(lost_, false) || to_.put(feed::feed_restored{});
}

/// At most about once a second, and at once when what is waited for changes.
bool file_source::progress(instant now, std::string waiting_for) {
  if (waiting_for == waited_for_ && now - progress_at_ < progress_period) return true;
  progress_at_ = now;
  waited_for_ = waiting_for;
  feed::load_progress how_far;
  how_far.partitions = 1;
  how_far.records = pump_.changes();
  how_far.waiting_for = std::move(waiting_for);
  return to_.put(std::move(how_far));
}

milliseconds file_source::pause(instant now) const {
  if (!missing_since_ || lost_) return options_.look_period;
  const auto left = std::chrono::ceil<milliseconds>(*missing_since_ + options_.lost_after - now);
  return std::clamp(left, milliseconds(1), options_.look_period);
}

}  // namespace blotter::lines
