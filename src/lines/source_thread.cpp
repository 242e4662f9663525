#include "lines/source_thread.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <system_error>
#include <utility>

#include "base/check.hpp"

namespace blotter::lines {

source_thread::source_thread() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void source_thread::start(std::function<void()> body) {
  check(!thread_.joinable());
  thread_ = std::thread(std::move(body));
}

void source_thread::stop() {
  stopping_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

source_thread::woken source_thread::wait(std::initializer_list<int> inputs, milliseconds most) const {
  pollfd all[4] = {{wake_.get(), POLLIN, 0}, {}, {}, {}};
  nfds_t count = 1;
  check(inputs.size() < std::size(all));
  for (const int input : inputs) all[count++] = {input, POLLIN, 0};
  const int timeout = static_cast<int>(std::clamp<std::int64_t>(most.count(), -1, INT_MAX));
  // A signal only makes the source look once more.
  const int ready = ::poll(all, count, timeout);
  if (stopping()) return woken::by_stop;
  return ready == 0 ? woken::by_time : woken::by_input;
}

}  // namespace blotter::lines
