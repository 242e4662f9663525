#include "kafka/wake_signal.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace blotter::kafka {

wake_signal::wake_signal() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

wake_signal::~wake_signal() {
  ::close(descriptor_);
}

void wake_signal::raise() const {
  const std::uint64_t one = 1;
  // It can only fail when it is raised 2^64 times already, which is raised as well.
  [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

void wake_signal::wait(milliseconds timeout) const {
  pollfd what{descriptor_, POLLIN, 0};
  ::poll(&what, 1, static_cast<int>(timeout.count()));
  std::uint64_t raised = 0;
  [[maybe_unused]] const auto size = ::read(descriptor_, &raised, sizeof raised);
}

}  // namespace blotter::kafka
