#include "net/listener.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <stdexcept>

namespace blotter::net {
namespace {

using boost::asio::io_context;

int connected_to(const endpoint& at) {
  const int fd = ::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(::connect(fd, at.data(), at.size()), 0);
  return fd;
}

int option(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof(value);
  EXPECT_EQ(::getsockopt(fd, level, name, &value, &size), 0);
  return value;
}

listen_options on(const char* text) {
  listen_options options;
  options.at = *endpoint::parse(text);
  return options;
}

TEST(listener, accepts_a_batch_with_sockets_set_up_for_streams) {
  for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
    auto options = on(address);
    const auto sockets = open_listening_sockets(options, 1, "--http");
    ASSERT_NE(options.at.port(), 0);
    io_context loop;
    std::vector<int> accepted;
    listener one(loop, sockets[0], [&](int fd, const endpoint& peer) {
      EXPECT_EQ(peer.family(), options.at.family());
      accepted.push_back(fd);
      return accept_more::yes;
    });
    one.start();
    std::vector<int> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(connected_to(options.at));
    while (accepted.size() < 100) loop.run_one();
    EXPECT_EQ(option(accepted[0], SOL_SOCKET, SO_SNDBUF), 2 * 64 * 1024);
    EXPECT_EQ(option(accepted[0], IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option(accepted[0], IPPROTO_TCP, TCP_NOTSENT_LOWAT), 16 * 1024);
    EXPECT_EQ(option(accepted[0], IPPROTO_TCP, TCP_USER_TIMEOUT), 30'000);
    EXPECT_TRUE(::fcntl(accepted[0], F_GETFL) & O_NONBLOCK);
    EXPECT_TRUE(::fcntl(accepted[0], F_GETFD) & FD_CLOEXEC);
    for (const int fd : accepted) ::close(fd);
    for (const int fd : clients) ::close(fd);
  }
}

TEST(listener, shares_one_port_between_cores) {
  auto options = on("127.0.0.1:0");
  const auto sockets = open_listening_sockets(options, 3, "--http");
  io_context loop;
  std::vector<int> accepted(3, 0);
  int all = 0;
  std::vector<std::unique_ptr<listener>> listeners;
  for (std::size_t i = 0; i < 3; ++i) {
    listeners.push_back(std::make_unique<listener>(loop, sockets[i], [&, i](int fd, const endpoint&) {
      ++accepted[i];
      ++all;
      ::close(fd);
      return accept_more::yes;
    }));
    listeners.back()->start();
  }
  for (int i = 0; i < 90; ++i) ::close(connected_to(options.at));
  while (all < 90) loop.run_one();
  for (const int each : accepted) EXPECT_GT(each, 0);
}

TEST(listener, says_in_a_sentence_that_a_port_is_taken_even_by_one_like_itself) {
  auto options = on("127.0.0.1:0");
  const auto sockets = open_listening_sockets(options, 2, "--http");
  auto again = options;
  try {
    open_listening_sockets(again, 2, "--http");
    FAIL();
  } catch (const std::runtime_error& refused) {
    EXPECT_EQ(refused.what(),
              options.at.to_string() + " is taken by another program; choose another with --http");
  }
  for (const int fd : sockets) ::close(fd);
}

TEST(listener, says_in_a_sentence_that_an_address_is_not_of_this_machine) {
  auto options = on("203.0.113.1:0");
  try {
    open_listening_sockets(options, 1, "--http");
    FAIL();
  } catch (const std::runtime_error& refused) {
    EXPECT_STREQ(refused.what(),
                 "203.0.113.1:0 is not an address of this machine; choose another with --http");
  }
}

TEST(listener, waits_while_its_taker_wants_no_more) {
  auto options = on("127.0.0.1:0");
  const auto sockets = open_listening_sockets(options, 1, "--http");
  io_context loop;
  int accepted = 0;
  listener one(loop, sockets[0], [&](int fd, const endpoint&) {
    ++accepted;
    ::close(fd);
    return accept_more::no;
  });
  one.start();
  const int first = connected_to(options.at);
  const int second = connected_to(options.at);
  loop.run();  // ends by itself: nothing is waited for any more
  EXPECT_EQ(accepted, 1);
  one.resume();
  one.resume();
  loop.restart();
  loop.run();
  EXPECT_EQ(accepted, 2);
  ::close(first);
  ::close(second);
}

TEST(listener, outlives_a_lack_of_file_descriptors) {
  auto options = on("127.0.0.1:0");
  const auto sockets = open_listening_sockets(options, 1, "--http");
  io_context loop;
  int accepted = 0;
  listener one(loop, sockets[0], [&](int fd, const endpoint&) {
    ++accepted;
    ::close(fd);
    return accept_more::no;
  });
  one.start();
  const int client = connected_to(options.at);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  loop.run();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(accepted, 0);
  EXPECT_EQ(one.starved(), 1u);
  one.resume();
  loop.restart();
  loop.run();
  EXPECT_EQ(accepted, 1);
  ::close(client);
}

}  // namespace
}  // namespace blotter::net
