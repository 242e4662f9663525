#include "app/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/log.hpp"
#include "config/value.hpp"

namespace blotter::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string started;

int up(const config::settings& s) {
  started = "up " + s.text("http");
  return 0;
}
int router(const config::settings& s) {
  started = "router " + s.text("link");
  return 0;
}
int node(const config::settings& s) {
  started = "node " + s.text("directory");
  return 0;
}
int gateway(const config::settings& s) {
  started = "gateway " + s.text("http");
  return 0;
}
int autoscaler(const config::settings& s) {
  started = "autoscaler " + std::to_string(s.integer("min"));
  return 0;
}
int cluster(const config::settings& s) {
  started = "cluster " + std::to_string(s.integer("routers"));
  return 0;
}
int feed(const config::settings& s) {
  started = "feed " + s.text("to");
  return 7;
}
int watch(const config::settings&) {
  throw config::refused("--client", "is missing");
}

struct outcome {
  int exit_code = -1;
  std::string out, err;
};
outcome run_with(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  started.clear();
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int exit_code =
      run(arguments, environment, {up, router, node, gateway, autoscaler, cluster, feed, watch});
  return {exit_code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

TEST(commands, start_a_role_with_its_settings) {
  EXPECT_EQ(run_with({"up", "--http", "127.0.0.1:0"}).exit_code, 0);
  EXPECT_EQ(started, "up 127.0.0.1:0");
  EXPECT_EQ(run_with({"gateway", "--http", "127.0.0.1:0"}).exit_code, 0);
  EXPECT_EQ(started, "gateway 127.0.0.1:0");
  EXPECT_EQ(run_with({"autoscaler", "--min", "3"}).exit_code, 0);
  EXPECT_EQ(started, "autoscaler 3");
  EXPECT_EQ(run_with({"feed"}, {"BLOTTER_TO=kafka://a:1/t"}).exit_code, 7);
  EXPECT_EQ(started, "feed kafka://a:1/t");
  EXPECT_EQ(run_with({"cluster", "--routers", "3"}).exit_code, 0);
  EXPECT_EQ(started, "cluster 3");
}

TEST(commands, refuse_what_is_wrong_and_start_nothing) {
  const outcome bad = run_with({"up", "--htpt", "x", "--beat", "1h"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_EQ(bad.err,
            "blotter: --htpt: no such setting; did you mean --http? (`blotter help up` lists them)\n"
            "blotter: --beat: \"1h\" is out of range; allowed: 1s to 30s\n");
  EXPECT_THAT(bad.out, IsEmpty());
  EXPECT_THAT(started, IsEmpty());
}

TEST(commands, name_the_nearest_subcommand) {
  const outcome bad = run_with({"wach"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_EQ(bad.err, "blotter: wach: no such subcommand; did you mean watch? (`blotter help` lists them)\n");
}

TEST(commands, report_what_a_role_refuses_at_its_start) {
  const outcome bad = run_with({"watch", "http://localhost:1"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_EQ(bad.err, "blotter: --client: is missing\n");
}

TEST(commands, help_wherever_help_is_asked_for) {
  EXPECT_THAT(run_with({}).out, HasSubstr("blotter up   "));
  for (const auto& asked : std::vector<std::vector<std::string>>{
           {"up", "--help"}, {"up", "--feed", "-h"}, {"help", "up"}, {"up", "--nonsense", "--help"}}) {
    const outcome good = run_with(asked);
    EXPECT_EQ(good.exit_code, 0);
    EXPECT_THAT(good.out, StartsWith("blotter up: "));
    EXPECT_THAT(good.out, HasSubstr("--feed TEXT"));
  }
  EXPECT_THAT(run_with({"--help"}).out, HasSubstr("Subcommands"));
  EXPECT_THAT(run_with({"help", "beat"}).out, HasSubstr("1s to 30s"));
  EXPECT_EQ(run_with({"help", "beet"}).exit_code, 2);
  EXPECT_THAT(started, IsEmpty());
}

TEST(commands, tell_their_version) {
  for (const auto& asked :
       std::vector<std::vector<std::string>>{{"version"}, {"--version"}, {"up", "--version"}}) {
    EXPECT_THAT(run_with(asked).out, testing::MatchesRegex("blotter [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  }
}

TEST(commands, set_up_the_log) {
  run_with({"up", "--log-level", "warn"});
  EXPECT_FALSE(log::enabled(log::level::info));
  run_with({"up"});
  EXPECT_TRUE(log::enabled(log::level::info));
}

TEST(commands, know_each_setting_once_and_each_role) {
  std::set<std::string> names;
  for (const config::setting& one : command_table().settings) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_FALSE(one.roles.empty()) << one.name;
    for (const std::string& role : one.roles) EXPECT_NE(command_table().find_role(role), nullptr) << role;
  }
}

TEST(commands, refuse_odd_values_of_watch) {
  EXPECT_THAT(run_with({"watch", "localhost:80"}).err,
              HasSubstr("url: \"localhost:80\": must be http://HOST"));
  EXPECT_THAT(run_with({"watch", "http://a/?b"}).err, HasSubstr("must end before its query"));
  EXPECT_THAT(run_with({"watch", "http://a", "--bookmark", "a\r\nb"}).err, HasSubstr("is no id of an event"));
}

}  // namespace
}  // namespace blotter::app
