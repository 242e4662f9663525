#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace blotter::log {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

const wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 11h + 12min + 13s + 7ms};

std::string written(auto what) {
  testing::internal::CaptureStderr();
  what();
  return testing::internal::GetCapturedStderr();
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(log, writes_a_fact_as_one_line_of_text) {
  EXPECT_EQ(
      line(format::text, noon, level::info, "kafka", "caught up", {{"partition", 3u}, {"offset", 1842}}),
      "2026-11-22T11:12:13.007Z info kafka: caught up partition=3 offset=1842");
}

TEST(log, writes_a_fact_as_one_json_object) {
  EXPECT_EQ(line(format::json, noon, level::warn, "http", "slow",
                 {{"peer", "::1"}, {"ms", 250ms}, {"share", 0.5}, {"closed", true}, {"left", -2}}),
            R"({"time":"2026-11-22T11:12:13.007Z","level":"warn","area":"http","message":"slow",)"
            R"("peer":"::1","ms":250,"share":0.5,"closed":true,"left":-2})");
}

TEST(log, writes_a_number_that_json_lacks_as_null) {
  EXPECT_THAT(line(format::json, noon, level::info, "a", "b", {{"x", 0.0 / 0.0 * -1}}),
              HasSubstr("\"x\":null"));
}

TEST(log, quotes_a_text_that_could_be_misread) {
  const auto value = [](std::string_view text) {
    const std::string whole = line(format::text, noon, level::info, "a", "b", {{"k", text}});
    return whole.substr(whole.find("k=") + 2);
  };
  EXPECT_EQ(value("plain/word:1"), "plain/word:1");
  EXPECT_EQ(value("two words"), "\"two words\"");
  EXPECT_EQ(value(""), "\"\"");
  EXPECT_EQ(value("a=b"), "\"a=b\"");
  EXPECT_EQ(value("say \"x\""), R"("say \"x\"")");
}

TEST(log, lets_nothing_start_a_new_line_or_reach_the_terminal) {
  for (const format form : {format::text, format::json}) {
    const std::string whole =
        line(form, noon, level::info, "a", "b\nc", {{"k", "x\n\r\t\x1b[2J\x7f\xc2\x9b"}});
    EXPECT_THAT(whole, HasSubstr(R"(b\nc)"));
    EXPECT_THAT(whole, HasSubstr(R"(x\n\r\t\u001b[2J\u007f\u009b)"));
    for (const char c : whole) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
  }
}

TEST(log, leaves_out_what_is_below_the_level) {
  configure(level::warn, format::text);
  const std::string text = written([] {
    info("a", "quiet");
    warn("a", "heard");
  });
  EXPECT_FALSE(enabled(level::info));
  configure(level::info, format::text);
  EXPECT_THAT(text, HasSubstr("warn a: heard\n"));
  EXPECT_THAT(text, Not(HasSubstr("quiet")));
}

TEST(log, takes_braces_and_percents_as_they_are) {
  EXPECT_THAT(written([] { error("a", "{} %v {0}"); }), HasSubstr("error a: {} %v {0}\n"));
}

TEST(log, knows_its_levels_by_name) {
  EXPECT_EQ(level_named("debug"), level::debug);
  EXPECT_EQ(level_named("off"), level::off);
  EXPECT_EQ(level_named("loud"), std::nullopt);
}

TEST(log, keeps_lines_of_several_threads_apart) {
  configure(level::info, format::json);
  const std::string text = written([] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < 200; ++i) info("area", "a fact", {{"i", i}});
      });
    }
    for (auto& one : threads) one.join();
  });
  configure(level::info, format::text);
  EXPECT_EQ(lines_in(text), 800u);
  std::size_t whole = 0;
  for (std::size_t at = 0; (at = text.find("}\n", at)) != std::string::npos; ++at) ++whole;
  EXPECT_EQ(whole, 800u);
}

TEST(log_sample, admits_so_many_a_second_and_counts_the_rest) {
  sample often(2);
  const instant start{100s};
  EXPECT_EQ(often.admit(start), 0u);
  EXPECT_EQ(often.admit(start + 1ms), 0u);
  EXPECT_EQ(often.admit(start + 2ms), std::nullopt);
  EXPECT_EQ(often.admit(start + 999ms), std::nullopt);
  EXPECT_EQ(often.admit(start + 1s), 2u);
  EXPECT_EQ(often.admit(start + 1s), 0u);
  EXPECT_EQ(often.admit(start + 1s), std::nullopt);
}

TEST(log_sample, loses_none_from_the_count_between_threads) {
  sample often(3);
  std::atomic<std::uint64_t> seen{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        if (const auto left_out = often.admit(instant{std::chrono::seconds{i / 100}})) seen += 1 + *left_out;
      }
    });
  }
  for (auto& one : threads) one.join();
  const auto last = often.admit(instant{1000s});
  ASSERT_TRUE(last);
  EXPECT_EQ(seen + *last, 4000u);
}

TEST(log_sample, says_how_many_lines_were_left_out) {
  const std::string text = written([] {
    sample often(1);
    for (int i = 0; i < 50; ++i) often.warn("kafka", "record refused", {{"offset", i}});
  });
  EXPECT_THAT(text, HasSubstr("warn kafka: record refused offset=0\n"));
  EXPECT_LE(lines_in(text), 2u);  // two if a second turned meanwhile
}

}  // namespace
}  // namespace blotter::log
