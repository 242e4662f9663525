#include "lines/stream_source.hpp"

#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

#include "lines/clocks.hpp"
#include "lines/random_generation.hpp"

namespace blotter::lines {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;

}  // namespace

stream_source::stream_source(int input, const feed::record_mapping& mapping, feed::reject_ledger& rejects,
                             feed::outlet& to)
    : input_(input), to_(to), pump_(mapping, rejects, to) {}

void stream_source::start() {
  thread_.start([this] { run(); });
}

void stream_source::run() {
  if (!to_.put(feed::generation_began{random_generation(), 1, ""})) return;
  const auto buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
  for (bool ended = false; !ended;) {
    auto woken = thread_.wait({input_}, milliseconds(0));
    if (woken == source_thread::woken::by_time) {
      // Nothing more for the moment: give what there is before waiting for more.
      if (!pump_.flush() || !caught_up()) return;
      woken = thread_.wait({input_}, milliseconds(-1));
    }
    if (woken == source_thread::woken::by_stop || !read_some(buffer.get(), ended)) return;
  }
  if (pump_.end(arrival_now()) && pump_.flush()) static_cast<void>(caught_up());
}

bool stream_source::read_some(char* buffer, bool& ended) {
  const auto size = ::read(input_, buffer, buffer_size);
  ended = size == 0;
  if (size >= 0) return pump_.take({buffer, static_cast<std::size_t>(size)}, arrival_now());
  if (errno == EINTR || errno == EAGAIN) return true;
  const std::string why = std::generic_category().message(errno);
  if (pump_.flush()) static_cast<void>(to_.put(feed::feed_lost{"the input can not be read: " + why}));
  return false;
}

bool stream_source::caught_up() {
  if (caught_up_) return true;
  caught_up_ = true;
  return to_.put(feed::partition_caught_up{0, pump_.offset()});
}

}  // namespace blotter::lines
