#include "serve/local_nodes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "serve/lasting_process.hpp"

namespace blotter::serve {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using phase = scale::actuator::standing::phase;

/// Processes that are no nodes, but live and end as those do.
class local_node_processes : public testing::Test {
 protected:
  local_node_processes() { std::filesystem::create_directories(folder_); }
  ~local_node_processes() override {
    for (const auto& [id, pid] : pids())
      if (began_at(pid) != 0 && pid > 1 && pid != ::getpid()) ::kill(pid, SIGKILL);
    std::filesystem::remove_all(folder_);
  }

  local_nodes_options options(const std::string& script = "exec sleep 1000") {
    local_nodes_options all;
    all.program = "/bin/sh";
    all.command = {"sh", "-c", script};
    all.folder = folder_;
    all.next_name = [this] { return "n" + std::to_string(++named_); };
    return all;
  }
  /// As the folder has them.
  std::map<std::string, pid_t> pids() const {
    std::map<std::string, pid_t> all;
    for (const auto& each : std::filesystem::directory_iterator(folder_))
      if (each.path().extension() == ".pid") std::ifstream(each.path()) >> all[each.path().stem().string()];
    return all;
  }
  /// All of these are in the directory.
  static std::vector<directory::member> members(const std::vector<std::string>& ids) {
    std::vector<directory::member> all;
    for (const std::string& each : ids) {
      directory::member one{.id = *directory::member_id::parse(each)};
      one.stage = directory::stage::serving;
      all.push_back(one);
    }
    return all;
  }
  static scale::order order(std::uint32_t wanted, const char* drained = nullptr, std::uint64_t attempt = 0) {
    scale::order made{wanted, {}, attempt};
    if (drained) made.drained = *directory::member_id::parse(drained);
    return made;
  }
  void until_there_are(local_nodes& one, std::size_t count, const std::vector<std::string>& ids) {
    const auto seen = members(ids);
    while (pids().size() != count) {
      one.tick(seen, now_);
      std::this_thread::yield();
    }
  }

  const std::string folder_ = testing::TempDir() + "blotter_nodes_" + std::to_string(::getpid());
  instant now_ = instant(1h);
  unsigned named_ = 0;
};

TEST_F(local_node_processes, are_started_as_many_as_are_missing) {
  local_nodes one(options());
  one.tick({}, now_);
  EXPECT_TRUE(pids().empty()) << "nothing was ordered";
  one.carry_out(order(3), now_);
  one.tick({}, now_);
  EXPECT_EQ(pids().size(), 3u);
  one.tick({}, now_);
  EXPECT_EQ(pids().size(), 3u) << "they are on their way";
  one.carry_out(order(5), now_);
  one.tick(members({"n1", "n2", "n3", "by-hand"}), now_);
  EXPECT_EQ(pids().size(), 4u) << "one of somebody else's is there";
}

TEST_F(local_node_processes, leave_when_they_are_asked_and_no_other_does) {
  local_nodes one(options());
  one.carry_out(order(3), now_);
  one.tick({}, now_);
  EXPECT_TRUE(one.can_drain(*directory::member_id::parse("n2")));
  EXPECT_FALSE(one.can_drain(*directory::member_id::parse("by-hand")));
  one.carry_out(order(2, "n2"), now_);
  EXPECT_FALSE(one.can_drain(*directory::member_id::parse("n2")));
  until_there_are(one, 2, {"n1", "n2", "n3"});
  EXPECT_FALSE(pids().contains("n2"));
  EXPECT_EQ(one.state().failures, 0u);
  one.tick(members({"n1", "n3"}), now_);
  EXPECT_EQ(pids().size(), 2u);
}

TEST_F(local_node_processes, are_ended_when_they_do_not_leave) {
  local_nodes one(options("trap '' TERM; touch " + folder_ + "/ready; while :; do sleep 0.1; done"));
  one.carry_out(order(1), now_);
  one.tick({}, now_);
  while (!std::filesystem::exists(folder_ + "/ready")) std::this_thread::yield();
  one.carry_out(order(0, "n1"), now_);
  now_ += 14s;
  one.tick({}, now_);
  EXPECT_EQ(pids().size(), 1u);
  now_ += 1s;
  until_there_are(one, 0, {});
}

TEST_F(local_node_processes, live_on_and_are_found_again) {
  {
    local_nodes one(options());
    one.carry_out(order(2), now_);
    one.tick({}, now_);
  }
  ASSERT_EQ(pids().size(), 2u);
  for (const auto& [id, pid] : pids()) EXPECT_NE(began_at(pid), 0u);
  local_nodes next(options());
  EXPECT_TRUE(next.can_drain(*directory::member_id::parse("n1")));
  next.carry_out(order(2), now_);
  next.tick(members({"n1", "n2"}), now_);
  EXPECT_EQ(pids().size(), 2u);
  next.carry_out(order(1, "n1"), now_);
  until_there_are(next, 1, {"n1", "n2"});
}

TEST_F(local_node_processes, are_not_taken_for_others_with_their_pid) {
  std::ofstream(folder_ + "/n7.pid") << ::getpid() << " 1\n";
  std::ofstream(folder_ + "/n8.pid") << "-1 1\n";
  std::ofstream(folder_ + "/n9.pid") << "nonsense";
  local_nodes one(options());
  for (const char* each : {"/n8.pid", "/n9.pid"}) std::filesystem::remove(folder_ + each);
  for (const char* each : {"n7", "n8", "n9"}) EXPECT_FALSE(one.can_drain(*directory::member_id::parse(each)));
  one.carry_out(order(0, "n7"), now_);  // or the test would end here
}

TEST_F(local_node_processes, that_end_by_themselves_are_replaced_slower_each_time) {
  local_nodes one(options("exit 3"));
  one.carry_out(order(1), now_);
  while (one.state().failures < 1) one.tick({}, now_);
  EXPECT_EQ(one.state().is, phase::failing);
  EXPECT_THAT(one.state().text, HasSubstr("node n1 ended by itself: exit 3"));
  for (int i = 0; i < 20; ++i) one.tick({}, now_ + 999ms);
  EXPECT_EQ(named_, 1u);
  now_ += 1s;
  while (one.state().failures < 2) one.tick({}, now_);
  for (int i = 0; i < 20; ++i) one.tick({}, now_ + 1'999ms);
  EXPECT_EQ(named_, 2u);
}

TEST_F(local_node_processes, that_never_come_up_are_given_up_for_others) {
  local_nodes one(options());
  one.carry_out(order(2), now_);
  one.tick(members({"n1"}), now_);
  one.tick(members({"n1"}), now_);
  one.carry_out(order(2, nullptr, 1), now_);
  while (!pids().contains("n3")) one.tick(members({"n1"}), now_ += 100ms);
  EXPECT_FALSE(pids().contains("n2"));
  EXPECT_TRUE(pids().contains("n1"));
}

TEST_F(local_node_processes, are_let_alone_while_another_decides) {
  local_nodes one(options());
  one.carry_out(order(2), now_);
  one.tick({}, now_);
  one.stand_by();
  ::kill(pids().at("n1"), SIGKILL);
  until_there_are(one, 1, {"n2"});
  one.tick(members({"n2"}), now_ + 1h);
  EXPECT_EQ(pids().size(), 1u);
}

TEST(began_at, is_of_processes_that_live) {
  EXPECT_NE(began_at(::getpid()), 0u);
  EXPECT_EQ(began_at(0), 0u);
}

}  // namespace
}  // namespace blotter::serve
