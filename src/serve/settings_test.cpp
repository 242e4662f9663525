#include "serve/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "config/manual.hpp"
#include "config/settings.hpp"
#include "config/value.hpp"
#include "serve/addresses.hpp"

namespace blotter::serve {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

config::settings up(std::vector<std::string> arguments, const char* role = "up") {
  static const config::table all = {{}, settings_table()};
  return config::load(all, role, {std::move(arguments), {}});
}

std::string wrong(std::vector<std::string> arguments, const char* role = "up") {
  try {
    up(std::move(arguments), role);
    return "";
  } catch (const config::refused& problem) {
    return problem.what();
  }
}

TEST(serve_settings, have_unique_names_and_sound_defaults) {
  std::set<std::string> names;
  for (const config::setting& one : settings_table()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_FALSE(one.text.empty()) << one.name;
    const std::string fallback = config::written(config::default_of(one.is));
    EXPECT_TRUE(std::holds_alternative<config::value>(config::parse(one.is, fallback))) << one.name;
  }
}

TEST(serve_settings, start_up_on_a_simulated_market) {
  const config::settings s = up({});
  EXPECT_TRUE(std::holds_alternative<simulated_feed>(feed_of(s.text("feed"))));
  EXPECT_EQ(listen_of(s.text("http")).port, 8080);
  EXPECT_EQ(s.duration("beat"), 5s);
  EXPECT_EQ(s.integer("viewers-max"), 10'000);
  EXPECT_EQ(s.size("send-buffer"), 65'536u);
  EXPECT_EQ(s.duration("drain"), 2s);
  EXPECT_TRUE(std::holds_alternative<no_dead_letter>(dead_letter_of(s.text("dead-letter"))));
}

TEST(serve_settings, refuse_a_feed_of_no_known_kind) {
  EXPECT_THAT(wrong({"--feed", "kafka"}), HasSubstr("must be one of simulate, stdin, file:PATH, kafka://"));
  EXPECT_THAT(wrong({"--feed", "file:"}), HasSubstr("must be one of"));
  EXPECT_THAT(wrong({"--feed", "kafka://a:1"}), HasSubstr("lacks /TOPIC"));
  EXPECT_THAT(wrong({"--feed", "kafka://a:1/"}), HasSubstr("lacks /TOPIC"));
  EXPECT_THAT(wrong({"--feed", "kafka://a/t"}), HasSubstr("must name a broker"));
  EXPECT_THAT(wrong({"--feed", "kafka:///t"}), HasSubstr("must name a broker"));
  EXPECT_THAT(wrong({"--feed", "kafka://a:1/t/u"}), HasSubstr("holds no /"));
}

TEST(serve_settings, read_addresses_to_listen_on) {
  EXPECT_EQ(listen_of("127.0.0.1:0").address, "127.0.0.1");
  EXPECT_EQ(listen_of("[::1]:65535").address, "::1");
  EXPECT_EQ(listen_of("[::1]:65535").port, 65535);
  EXPECT_EQ(listen_of("localhost:80").address, "127.0.0.1");
  for (const char* text : {"", "8080", ":8080", "1.2.3:80", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1",
                           "::1:80", "[1.2.3.4]:80", "example.org:80", "1.2.3.4:80x"}) {
    EXPECT_THAT(wrong({"--http", text}), HasSubstr("must be an IP address and a port")) << text;
  }
}

TEST(serve_settings, refuse_what_could_not_work) {
  EXPECT_THAT(wrong({"--cors-origin", "https://a.example,https://b.example:8443,*"}), "");
  EXPECT_THAT(wrong({"--cors-origin", "https://a.example/"}), HasSubstr("without a path"));
  EXPECT_THAT(wrong({"--cors-origin", "a.example"}), HasSubstr("must be an origin"));
  EXPECT_THAT(wrong({"--node-origin", "https://*.a.example,http://127.0.0.1:*"}, "gateway"), "");
  EXPECT_THAT(wrong({"--node-origin", "https://a.example; script-src *"}, "gateway"),
              HasSubstr("must be an origin"));
  EXPECT_THAT(wrong({"--node-origin", "*"}, "gateway"), HasSubstr("must name hosts"));
  EXPECT_THAT(wrong({"--public-url", "https://n1.example:8443"}, "node"), "");
  EXPECT_THAT(wrong({"--public-url", "https://n1.example/"}, "node"), HasSubstr("without a path"));
  EXPECT_THAT(wrong({"--proxies", "10.0.0.0/8,fd00::7"}), "");
  EXPECT_THAT(wrong({"--proxies", ""}), "");
  EXPECT_THAT(wrong({"--proxies", "proxy.example"}), HasSubstr("must be addresses or networks"));
  EXPECT_THAT(wrong({"--kafka-property", "=x"}), HasSubstr("must be NAME=VALUE"));
  EXPECT_THAT(wrong({"--member", "a b"}), HasSubstr("may hold letters"));
  EXPECT_THAT(wrong({"--dead-letter", "kafka://x:1/t"}), HasSubstr("must be file:PATH or"));
  EXPECT_THAT(wrong({"--beat", "31s"}), HasSubstr("allowed: 1s to 30s"));
}

}  // namespace
}  // namespace blotter::serve
