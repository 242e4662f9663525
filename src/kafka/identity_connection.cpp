#include "kafka/identity_connection.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "kafka/error.hpp"
#include "kafka/metadata_message.hpp"

namespace blotter::kafka {

identity_connection::identity_connection(std::vector<broker_address> brokers, const wake_signal& stop)
    : first_(std::move(brokers)), stop_(stop) {}

identity_connection::~identity_connection() {
  close();
}

result<topic_identity> identity_connection::ask(std::string_view topic, instant deadline) {
  const bool reused = socket_ >= 0;
  if (!reused) {
    if (const auto failed = connect_to_any(deadline); failed) return failed;
  }
  auto answer = ask_connected(topic, deadline);
  const bool broken =
      !answer && answer.error() != errc::topic_missing && answer.error() != errc::topic_refused;
  if (broken) {
    close();
    if (!reused) ++next_;  // perhaps another one does better
  }
  if (broken && reused && answer.error() == errc::closed_unanswered) {
    return ask(topic, deadline);  // it was closed while idle: says nothing about the broker
  }
  if (answer) named_ = answer->brokers;
  return answer;
}

result<topic_identity> identity_connection::ask_connected(std::string_view topic, instant deadline) {
  const std::int32_t correlation = ++correlation_;
  if (const auto failed = send(metadata_request(topic, correlation), deadline); failed) return failed;
  const auto length = receive(4, deadline);
  if (!length) return length.error();
  std::size_t size = 0;
  for (const char c : *length) size = size << 8 | static_cast<unsigned char>(c);
  if (size > metadata_answer_size_max) return errc::answer_too_long;
  const auto answer = receive(size, deadline);
  if (!answer) return answer.error();
  return read_metadata_answer(*answer, topic, correlation);
}

error_code identity_connection::connect_to_any(instant deadline) {
  error_code failed = errc::no_broker_answers;
  const std::size_t brokers = first_.size() + named_.size();
  for (std::size_t tries = 0; tries < brokers; ++tries) {
    const std::size_t at = next_++ % brokers;
    failed = connect_to(at < first_.size() ? first_[at] : named_[at - first_.size()], deadline);
    if (!failed) --next_;  // stay with it
    if (!failed || failed == errc::stopped || std::chrono::steady_clock::now() >= deadline) break;
  }
  return failed;
}

error_code identity_connection::connect_to(const broker_address& broker, instant deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(broker.host.c_str(), std::to_string(broker.port).c_str(), &hints, &found) != 0) {
    return errc::no_broker_answers;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  error_code failed = errc::no_broker_answers;
  for (const addrinfo* a = found; a != nullptr && failed; a = a->ai_next) {
    socket_ = ::socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (socket_ < 0) continue;
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    failed = ::connect(socket_, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS
                 ? wait_for(POLLOUT, deadline)
                 : errc::no_broker_answers;
    int refused = 0;
    socklen_t size = sizeof refused;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &refused, &size);
    if (refused != 0) failed = errc::no_broker_answers;
    if (failed) close();
    if (failed == errc::stopped || failed == errc::timed_out) break;
  }
  return failed;
}

error_code identity_connection::wait_for(short events, instant deadline) const {
  for (;;) {
    pollfd what[2] = {{socket_, events, 0}, {stop_.descriptor(), POLLIN, 0}};
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    const int ready = ::poll(what, 2, static_cast<int>(std::clamp<long>(left.count(), 0, 60'000)));
    if (ready < 0 && errno == EINTR) continue;
    if (what[1].revents != 0) return errc::stopped;
    return ready > 0 ? error_code() : errc::timed_out;
  }
}

error_code identity_connection::send(std::string_view bytes, instant deadline) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return errc::closed_unanswered;
    } else if (const auto failed = wait_for(POLLOUT, deadline); failed) {
      return failed;
    }
  }
  return {};
}

result<std::string> identity_connection::receive(std::size_t size, instant deadline) {
  std::string bytes(size, '\0');
  for (std::size_t have = 0; have < size;) {
    const auto got = ::recv(socket_, bytes.data() + have, size - have, 0);
    if (got > 0) {
      have += static_cast<std::size_t>(got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      return errc::closed_unanswered;
    } else if (const auto failed = wait_for(POLLIN, deadline); failed) {
      return failed;
    }
  }
  return bytes;
}

void identity_connection::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

}  // namespace blotter::kafka
