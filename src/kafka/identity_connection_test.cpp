#include "kafka/identity_connection.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "kafka/error.hpp"

namespace blotter::kafka {
namespace {

instant in(milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

// Listens on a port of its own and does `what` with each connection, one after the other, as many as told.
class fake_broker {
 public:
  fake_broker(int connections, std::function<void(int)> what) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket_, 8);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, connections, what = std::move(what)] {
      for (int i = 0; i < connections; ++i) {
        const int accepted = ::accept(socket_, nullptr, nullptr);
        what(accepted);
        ::close(accepted);
      }
    });
  }
  ~fake_broker() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  broker_address address() const { return {"127.0.0.1", port_}; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

void read_question(int socket) {
  char bytes[256];
  [[maybe_unused]] const auto size = ::recv(socket, bytes, sizeof bytes, 0);
}

void wait_for_close(int socket) {
  char bytes[256];
  while (::recv(socket, bytes, sizeof bytes, 0) > 0) {
  }
}

TEST(identity_connection, says_when_no_broker_takes_a_connection) {
  broker_address gone;
  {
    const fake_broker broker(0, [](int) {});
    gone = broker.address();
  }
  const wake_signal stop;
  identity_connection connection({gone}, stop);
  EXPECT_EQ(connection.ask("t", in(std::chrono::seconds(20))).error(), errc::no_broker_answers);
}

TEST(identity_connection, says_when_a_broker_closes_without_an_answer) {
  const fake_broker broker(1, read_question);
  const wake_signal stop;
  identity_connection connection({broker.address()}, stop);
  EXPECT_EQ(connection.ask("t", in(std::chrono::seconds(20))).error(), errc::closed_unanswered);
}

TEST(identity_connection, says_when_a_broker_is_silent) {
  const fake_broker broker(1, wait_for_close);
  const wake_signal stop;
  identity_connection connection({broker.address()}, stop);
  EXPECT_EQ(connection.ask("t", in(milliseconds(20))).error(), errc::timed_out);
}

TEST(identity_connection, refuses_an_answer_that_is_too_long_unread) {
  const fake_broker broker(1, [](int socket) {
    read_question(socket);
    ::send(socket, "\x15\x03\x03\x00", 4, MSG_NOSIGNAL);  // as a TLS alert begins
    wait_for_close(socket);
  });
  const wake_signal stop;
  identity_connection connection({broker.address()}, stop);
  EXPECT_EQ(connection.ask("t", in(std::chrono::seconds(20))).error(), errc::answer_too_long);
}

TEST(identity_connection, tries_the_next_broker_after_one_that_is_of_no_use) {
  const fake_broker closing(1, read_question);
  const fake_broker silent(1, wait_for_close);
  const wake_signal stop;
  identity_connection connection({closing.address(), silent.address()}, stop);
  EXPECT_EQ(connection.ask("t", in(std::chrono::seconds(20))).error(), errc::closed_unanswered);
  EXPECT_EQ(connection.ask("t", in(milliseconds(20))).error(), errc::timed_out);
}

TEST(identity_connection, stops_waiting_at_once_when_told_to) {
  const wake_signal stop;
  const fake_broker broker(1, [&stop](int socket) {
    read_question(socket);
    stop.raise();
    wait_for_close(socket);
  });
  identity_connection connection({broker.address()}, stop);
  EXPECT_EQ(connection.ask("t", in(std::chrono::seconds(20))).error(), errc::stopped);
}

}  // namespace
}  // namespace blotter::kafka
