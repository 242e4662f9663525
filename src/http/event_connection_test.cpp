#include "http/event_connection.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace blotter::http {
namespace {

constexpr std::string_view head = "head\n\n";

/// The two ends of a TCP connection whose kernel buffers are as small as they get.
struct two_ends {
  two_ends() {
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int small = 1;
    ::setsockopt(listening, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    EXPECT_EQ(::bind(listening, reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(listening, 1), 0);
    EXPECT_EQ(::getsockname(listening, reinterpret_cast<sockaddr*>(&at), &size), 0);
    theirs = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::setsockopt(theirs, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    EXPECT_EQ(::connect(theirs, reinterpret_cast<sockaddr*>(&at), size), 0);
    ours = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    EXPECT_GE(ours, 0);
    ::fcntl(theirs, F_SETFL, O_NONBLOCK);
    ::close(listening);
  }
  int ours = -1;
  int theirs = -1;
};

struct recording_owner final : event_connection_owner {
  void writable(viewer which) override { writables.push_back(which); }
  void closed(viewer which, close_reason why) override { ends.push_back({which, why}); }
  std::vector<viewer> writables;
  std::vector<std::pair<viewer, close_reason>> ends;
};

class event_stream : public testing::Test {
 protected:
  event_stream() { streams.set_owner(owner); }
  ~event_stream() override { hang_up(); }

  viewer open() {
    const viewer opened = streams.open(ends.ours, shared_bytes(head));
    EXPECT_NE(opened, viewer::none);
    return opened;
  }
  viewer open_past_head() {
    const viewer opened = open();
    run();
    EXPECT_EQ(hear(), head);
    return opened;
  }
  void run() {
    loop.restart();
    loop.poll();
  }
  /// All that has come so far.
  std::string hear() {
    std::string heard;
    char bytes[65536];
    for (;;) {
      const auto size = ::recv(ends.theirs, bytes, sizeof(bytes), 0);
      if (size <= 0) {
        at_end = size == 0 || errno == ECONNRESET;
        was_reset = size < 0 && errno == ECONNRESET;
        return heard;
      }
      heard.append(bytes, static_cast<std::size_t>(size));
    }
  }
  /// All that comes until `size` bytes are there; the loop runs meanwhile.
  std::string hear(std::size_t size) {
    std::string heard;
    while (heard.size() < size && !at_end) {
      loop.restart();
      loop.poll();
      heard += hear();
    }
    return heard;
  }
  void hang_up() {
    if (ends.theirs >= 0) ::close(std::exchange(ends.theirs, -1));
  }
  /// Sends until the kernel takes no more; gives all that was taken.
  std::string fill(viewer to) {
    std::string taken;
    for (int i = 0; i < 100'000; ++i) {
      const std::string event = std::to_string(i) + std::string(1000, 'x') + "\n";
      const sent outcome = streams.send(to, event);
      if (outcome != sent::taken) {
        EXPECT_EQ(outcome, sent::full);
        return taken;
      }
      taken += event;
    }
    ADD_FAILURE() << "a stuck reader took everything";
    return taken;
  }
  /// Runs the loop until `owner` was told of an end.
  void await_end() {
    while (owner.ends.empty()) {
      loop.restart();
      loop.run_one();
    }
  }

  boost::asio::io_context loop;
  std::atomic<std::size_t> in_process{0};
  recording_owner owner;
  event_connections streams{loop, in_process};
  two_ends ends;
  bool at_end = false;
  bool was_reset = false;
};

TEST_F(event_stream, sends_its_head_with_the_first_event) {
  const viewer opened = open();
  EXPECT_EQ(streams.send(opened, "one\n\n"), sent::taken);
  EXPECT_EQ(hear(), "head\n\none\n\n");
  EXPECT_EQ(streams.size(), 1u);
  EXPECT_EQ(in_process, 1u);
}

TEST_F(event_stream, sends_its_head_alone_when_no_event_comes) {
  open();
  EXPECT_EQ(hear(), "");
  run();
  EXPECT_EQ(hear(), head);
  EXPECT_TRUE(owner.writables.empty());
}

TEST_F(event_stream, sends_own_shared_and_gathered_bytes) {
  const viewer opened = open_past_head();
  const std::array<std::string_view, 3> pieces{"a", "", "b"};
  EXPECT_EQ(streams.send(opened, "own "), sent::taken);
  EXPECT_EQ(streams.send(opened, shared_bytes("shared ")), sent::taken);
  EXPECT_EQ(streams.send(opened, pieces, shared_bytes("c")), sent::taken);
  EXPECT_EQ(streams.send(opened, pieces), sent::taken);
  EXPECT_EQ(streams.send(opened, ""), sent::taken);
  EXPECT_EQ(hear(), "own shared abcab");
}

TEST_F(event_stream, keeps_the_rest_of_each_form_when_the_kernel_takes_only_a_part) {
  const std::string large(3'000'000, 'L');
  const std::string other(1'000'000, 'O');
  const std::array<std::string_view, 2> pieces{large, "."};
  for (int form = 0; form < 4; ++form) {
    ends = two_ends();
    const viewer opened = open_past_head();
    std::string whole = large;
    if (form == 0) {
      EXPECT_EQ(streams.send(opened, large), sent::taken);
    }
    if (form == 1) {
      EXPECT_EQ(streams.send(opened, shared_bytes(large)), sent::taken);
    }
    if (form == 2) {
      EXPECT_EQ(streams.send(opened, pieces, shared_bytes(other)), sent::taken);
      whole += "." + other;
    }
    if (form == 3) {
      const std::array<std::string_view, 2> small{"s", "m"};
      EXPECT_EQ(streams.send(opened, small, shared_bytes(large)), sent::taken);
      whole.insert(0, "sm");
    }
    ASSERT_TRUE(streams.pending_since(opened));
    EXPECT_EQ(streams.send(opened, "refused"), sent::full);
    EXPECT_EQ(streams.send(opened, shared_bytes("refused")), sent::full);
    EXPECT_EQ(streams.send(opened, pieces), sent::full);
    EXPECT_TRUE(owner.writables.empty());
    EXPECT_EQ(hear(whole.size()), whole);
    run();
    EXPECT_EQ(owner.writables, (std::vector<viewer>{opened}));
    EXPECT_FALSE(streams.pending_since(opened));
    EXPECT_EQ(streams.send(opened, "!"), sent::taken);
    EXPECT_EQ(hear(), "!");
    owner.writables.clear();
    hang_up();
  }
}

TEST_F(event_stream, keeps_head_and_event_when_not_even_the_first_write_fits) {
  const std::string large(3'000'000, 'L');
  const viewer opened = open();
  EXPECT_EQ(streams.send(opened, large), sent::taken);
  EXPECT_EQ(hear(head.size() + large.size()), std::string(head) + large);
}

TEST_F(event_stream, tells_a_stuck_viewer_s_owner_when_it_reads_on_and_has_lost_nothing) {
  const viewer opened = open_past_head();
  const std::string taken = fill(opened);
  EXPECT_LT(taken.size(), 200'000u);
  run();
  EXPECT_TRUE(owner.writables.empty());
  ASSERT_TRUE(streams.pending_since(opened));
  EXPECT_LE(*streams.pending_since(opened), instant::clock::now());
  EXPECT_EQ(hear(taken.size()), taken);
  run();
  EXPECT_EQ(owner.writables, (std::vector<viewer>{opened}));
}

TEST_F(event_stream, keeps_one_event_when_the_kernel_is_full_to_the_byte) {
  const viewer opened = open_past_head();
  const std::string some(1000, 'x');
  std::size_t filled = 0;  // behind the stream's back, so that it has no rest of its own to wait for
  for (std::string_view next = some; !next.empty();) {
    const auto size = ::send(ends.ours, next.data(), next.size(), MSG_NOSIGNAL);
    if (size < 0) {
      next = next.substr(0, next.size() / 2);
    } else {
      filled += static_cast<std::size_t>(size);
    }
  }
  EXPECT_EQ(streams.send(opened, "kept"), sent::taken) << "the sender has moved on: it may not be lost";
  EXPECT_TRUE(streams.pending_since(opened));
  EXPECT_EQ(streams.send(opened, "refused"), sent::full);
  EXPECT_TRUE(hear(filled + 4).ends_with("xkept"));
  run();
  EXPECT_EQ(owner.writables, (std::vector<viewer>{opened}));
  EXPECT_FALSE(streams.pending_since(opened));
  EXPECT_EQ(streams.send(opened, "taken"), sent::taken);
  EXPECT_EQ(hear(), "taken");
}

TEST_F(event_stream, tells_once_that_the_viewer_left) {
  const viewer opened = open_past_head();
  hang_up();
  await_end();
  run();
  EXPECT_EQ(owner.ends, (std::vector<std::pair<viewer, close_reason>>{{opened, close_reason::left}}));
  EXPECT_EQ(streams.send(opened, "x"), sent::gone);
  EXPECT_EQ(streams.size(), 0u);
  EXPECT_EQ(in_process, 0u);
}

TEST_F(event_stream, notices_a_reset_while_it_sends) {
  const viewer opened = open_past_head();
  const linger now{1, 0};
  ::setsockopt(ends.theirs, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  hang_up();
  EXPECT_EQ(streams.send(opened, "x"), sent::gone);  // before the loop has seen it
  EXPECT_TRUE(owner.ends.empty());                   // and never from within a call
  await_end();
  run();
  EXPECT_EQ(owner.ends, (std::vector<std::pair<viewer, close_reason>>{{opened, close_reason::left}}));
}

TEST_F(event_stream, notices_a_reset_while_a_rest_waits) {
  const viewer opened = open_past_head();
  fill(opened);
  hang_up();  // with unread bytes: a reset
  await_end();
  EXPECT_EQ(owner.ends[0].second, close_reason::left);
  EXPECT_TRUE(owner.writables.empty());
}

TEST_F(event_stream, forgives_a_few_bytes_of_its_viewer_but_not_a_stream_of_them) {
  const viewer opened = open_past_head();
  const std::string some(4000, 's');
  EXPECT_EQ(::send(ends.theirs, some.data(), some.size(), 0), 4000);
  run();
  EXPECT_EQ(streams.send(opened, "still there"), sent::taken);
  EXPECT_EQ(hear(), "still there");
  EXPECT_EQ(::send(ends.theirs, some.data(), some.size(), 0), 4000);
  await_end();
  EXPECT_EQ(owner.ends[0].second, close_reason::chatter);
}

TEST_F(event_stream, closes_after_everything_is_written_and_the_peer_has_left) {
  const viewer opened = open_past_head();
  const std::string taken = fill(opened);
  streams.close(opened);
  EXPECT_EQ(streams.send(opened, "x"), sent::gone);
  EXPECT_EQ(hear(taken.size()), taken);
  while (!at_end) {
    run();
    EXPECT_EQ(hear(), "");
  }
  EXPECT_FALSE(was_reset);
  EXPECT_EQ(streams.lingering(), 1u);
  EXPECT_EQ(streams.size(), 0u);
  EXPECT_EQ(in_process, 0u);
  hang_up();
  while (streams.lingering() > 0) {
    loop.restart();
    loop.run_one();
  }
  EXPECT_TRUE(owner.ends.empty());
  EXPECT_TRUE(owner.writables.empty());
}

TEST_F(event_stream, sends_its_head_even_when_closed_at_once) {
  const viewer opened = open();
  EXPECT_EQ(streams.send(opened, "bye\n\n"), sent::taken);
  streams.close(opened);
  EXPECT_EQ(hear(), "head\n\nbye\n\n");
  run();
  hear();
  EXPECT_TRUE(at_end);
}

TEST_F(event_stream, ends_a_closed_viewer_that_never_reads_or_leaves_by_its_sweep) {
  const viewer stuck = open_past_head();
  fill(stuck);
  streams.close(stuck);
  two_ends second;
  std::swap(second, ends);
  const viewer staying = open_past_head();
  streams.close(staying);
  streams.sweep(instant::clock::now());
  EXPECT_EQ(streams.size() + streams.lingering(), 2u);
  streams.sweep(instant::clock::now() + std::chrono::seconds(3));
  EXPECT_EQ(streams.size() + streams.lingering(), 0u);
  EXPECT_EQ(in_process, 0u);
  ::close(second.theirs);
}

TEST_F(event_stream, aborts_with_a_reset_that_frees_the_kernel_s_memory) {
  const viewer opened = open_past_head();
  fill(opened);
  streams.abort(opened);
  streams.abort(opened);
  run();
  hear();
  EXPECT_TRUE(was_reset);
  EXPECT_TRUE(owner.ends.empty());
  EXPECT_EQ(streams.size(), 0u);
}

TEST_F(event_stream, never_takes_a_new_viewer_for_one_that_is_gone) {
  const viewer first = open_past_head();
  streams.abort(first);
  ::close(ends.theirs);
  ends = two_ends();
  const viewer second = open_past_head();
  EXPECT_NE(first, second);
  EXPECT_EQ(streams.send(first, "x"), sent::gone);
  streams.close(first);
  streams.abort(first);
  EXPECT_EQ(streams.send(second, "y"), sent::taken);
  EXPECT_EQ(hear(), "y");
  EXPECT_EQ(streams.send(static_cast<viewer>(0), "x"), sent::gone);
  EXPECT_EQ(streams.send(static_cast<viewer>(~std::uint64_t{0}), "x"), sent::gone);
}

TEST_F(event_stream, lingers_over_bytes_that_still_come) {
  streams.linger(ends.ours);
  const std::string late(100'000, 'l');
  while (!at_end) {
    run();
    hear();
  }
  EXPECT_FALSE(was_reset);
  EXPECT_GT(::send(ends.theirs, late.data(), late.size(), MSG_NOSIGNAL), 0);
  run();
  EXPECT_EQ(streams.lingering(), 1u);
  hang_up();
  while (streams.lingering() > 0) {
    loop.restart();
    loop.run_one();
  }
}

TEST(close_reason, has_a_sentence_each) {
  for (const auto why : {close_reason::left, close_reason::dead, close_reason::chatter})
    EXPECT_FALSE(to_string(why).empty());
}

}  // namespace
}  // namespace blotter::http
