#include "serve/scale_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

namespace blotter::serve {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using phase = scale::actuator::standing::phase;

class scale_commands : public testing::Test {
 protected:
  ~scale_commands() override { std::remove(file_.c_str()); }

  scale_command_options notes(const std::string& more = "") {
    scale_command_options options;
    options.command = "note() { echo \"$*|$SCALE_WANTED|$SCALE_DRAINED|$SCALE_ATTEMPT\" >> " + file_ + "; " +
                      more + " }; note";
    return options;
  }
  static scale_command_options running(std::string command) {
    scale_command_options options;
    options.command = std::move(command);
    return options;
  }
  std::string noted() const {
    std::ifstream file(file_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Waits for a command that ends by itself, in no time of ours.
  void until(scale_command& one, phase what) {
    while (one.state().is != what) {
      one.tick({}, now_);
      std::this_thread::yield();
    }
  }
  static scale::order order(std::uint32_t wanted, const char* drained = nullptr, std::uint64_t attempt = 0) {
    scale::order made{wanted, {}, attempt};
    if (drained) made.drained = *directory::member_id::parse(drained);
    return made;
  }

  const std::string file_ = testing::TempDir() + "blotter_scale_" + std::to_string(::getpid());
  instant now_ = instant(1h);
};

TEST_F(scale_commands, are_given_the_number_and_who_leaves) {
  scale_command one(notes());
  one.carry_out(order(5), now_);
  until(one, phase::idle);
  one.carry_out(order(4, "node-3", 2), now_);
  until(one, phase::idle);
  EXPECT_EQ(noted(), "5|5||0\n4 node-3|4|node-3|2\n");
  EXPECT_EQ(one.state().carried_out, 2u);
}

TEST_F(scale_commands, are_not_run_again_for_what_is_done) {
  scale_command one(notes());
  one.carry_out(order(4, "node-3"), now_);
  until(one, phase::idle);
  one.carry_out(order(4, "node-3"), now_ + 1h);
  one.carry_out(order(4), now_ + 2h);  // it has left
  EXPECT_EQ(one.state().is, phase::idle);
  one.carry_out(order(4, nullptr, 1), now_ + 3h);
  EXPECT_EQ(one.state().is, phase::working) << "it is asked for anew";
}

TEST_F(scale_commands, that_fail_are_run_again_later_and_later) {
  scale_command one(running("echo no quota; sh -c 'exit 3'"));
  one.carry_out(order(5), now_);
  until(one, phase::failing);
  EXPECT_THAT(one.state().text, HasSubstr("the command ended with exit 3"));
  one.tick({}, now_ + 700ms);
  EXPECT_EQ(one.state().failures, 1u);
  now_ += 1'300ms;
  while (one.state().failures < 2) one.tick({}, now_);
  now_ += 1'500ms;
  for (int i = 0; i < 100; ++i) one.tick({}, now_);
  EXPECT_EQ(one.state().failures, 2u) << "twice as long";
  now_ += 1'000ms;
  while (one.state().failures < 3) one.tick({}, now_);
}

TEST_F(scale_commands, that_hang_are_killed_with_all_that_they_started) {
  const std::string alive = "/proc/";
  scale_command one(running("sleep 1000 & echo $! > " + file_ + "; wait; true"));
  one.carry_out(order(5), now_);
  std::string pid;
  while (pid.empty() || pid.back() != '\n') pid = noted();
  pid.pop_back();
  one.tick({}, now_ + 29s);
  EXPECT_EQ(one.state().failures, 0u);
  one.tick({}, now_ + 30s);
  EXPECT_EQ(one.state().failures, 1u);
  EXPECT_THAT(one.state().text, HasSubstr("did not end within 30 s and was killed"));
  const auto ended = [&] {
    std::ifstream stat(alive + pid + "/stat");
    const std::string text{std::istreambuf_iterator<char>(stat), {}};
    return text.empty() || text.find(") Z ") != std::string::npos;
  };
  while (!ended()) std::this_thread::yield();
}

TEST_F(scale_commands, that_talk_too_much_are_not_held_up) {
  scale_command one(running("head -c 3000000 /dev/zero; true"));
  one.carry_out(order(5), now_);
  until(one, phase::idle);
  EXPECT_EQ(one.state().carried_out, 1u);
}

TEST_F(scale_commands, are_run_for_the_last_order_alone) {
  scale_command one(notes());
  one.carry_out(order(5), now_);
  one.carry_out(order(6), now_);
  one.carry_out(order(7), now_);
  while (one.state().carried_out < 2) one.tick({}, now_);
  EXPECT_EQ(noted(), "5|5||0\n7|7||0\n");
}

TEST_F(scale_commands, rest_while_another_decides) {
  scale_command one(running("sh -c 'exit 1'"));
  one.carry_out(order(5), now_);
  until(one, phase::failing);
  one.stand_by();
  for (int i = 0; i < 10; ++i) one.tick({}, now_ += 1min);
  EXPECT_EQ(one.state().failures, 1u);
}

}  // namespace
}  // namespace blotter::serve
