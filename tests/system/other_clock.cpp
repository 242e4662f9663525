// Loaded before a program, lets it live at another time of day: CLOCK_OFF_S seconds from now. What it
// measures time with is left alone.

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

const long off_s = std::getenv("CLOCK_OFF_S") ? std::atol(std::getenv("CLOCK_OFF_S")) : 0;

}  // namespace

extern "C" int clock_gettime(clockid_t which, timespec* at) noexcept {
  const long failed = ::syscall(SYS_clock_gettime, which, at);
  if (failed == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) at->tv_sec += off_s;
  return static_cast<int>(failed);
}

extern "C" int gettimeofday(timeval* at, void*) noexcept {
  timespec precise;
  const int failed = clock_gettime(CLOCK_REALTIME, &precise);
  if (failed == 0) *at = {precise.tv_sec, precise.tv_nsec / 1'000};
  return failed;
}

extern "C" time_t time(time_t* at) noexcept {
  timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (at) *at = precise.tv_sec;
  return precise.tv_sec;
}
