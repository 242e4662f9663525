#include "serve/member_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

namespace blotter::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

int status_of(child_process& one) {
  while (!one.ended()) std::this_thread::yield();
  return *one.ended();
}

TEST(figures_of, takes_the_plain_lines_of_a_page_of_metrics) {
  EXPECT_THAT(figures_of("# HELP a A thing.\n# TYPE a gauge\na 3\nb{why=\"x y\"} 4\nc 1.5e+06\nd\ne x\n"),
              ElementsAre(Pair("a", 3.0), Pair("c", 1.5e6)));
  EXPECT_TRUE(figures_of("").empty());
}

TEST(child_process, gives_what_was_written_and_how_it_ended) {
  const std::string log = testing::TempDir() + "blotter_child" + std::to_string(::getpid());
  child_process one("/bin/sh", {"sh", "-c", "echo said; echo logged >&2; exit 3"}, log);
  EXPECT_EQ(text_of_ending(status_of(one)), "exit 3");
  EXPECT_EQ(one.read(), "said\n");
  EXPECT_EQ(one.read(), "");
  std::string line;
  std::getline(std::ifstream(log), line);
  EXPECT_EQ(line, "logged");
  std::remove(log.c_str());
}

TEST(child_process, tells_by_which_signal_it_was_killed) {
  child_process one("/bin/sleep", {"sleep", "1000"}, "/dev/null");
  EXPECT_FALSE(one.ended());
  one.signal(SIGTERM);
  EXPECT_EQ(text_of_ending(status_of(one)), "killed by signal 15");
}

TEST(child_process, does_not_outlive_its_owner) {
  pid_t pid = 0;
  {
    child_process one("/bin/sleep", {"sleep", "1000"}, "/dev/null");
    pid = one.pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(child_process, says_which_log_cannot_be_written) {
  try {
    child_process one("/bin/true", {"true"}, "/nowhere/at/all.log");
    FAIL();
  } catch (const std::runtime_error& failed) {
    EXPECT_THAT(failed.what(), HasSubstr("cannot write /nowhere/at/all.log"));
  }
}

TEST(child_process, ends_at_once_where_there_is_no_such_program) {
  child_process one("/nowhere/at/all", {"all"}, "/dev/null");
  EXPECT_EQ(text_of_ending(status_of(one)), "exit 127");
}

}  // namespace
}  // namespace blotter::serve
