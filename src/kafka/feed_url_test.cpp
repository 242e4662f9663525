#include "kafka/feed_url.hpp"

#include <gtest/gtest.h>

#include "kafka/error.hpp"

namespace blotter::kafka {
namespace {

TEST(feed_url, names_a_broker_and_a_topic) {
  const auto url = parse_feed_url("kafka://127.0.0.1:9092/market-value");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->brokers, (std::vector<broker_address>{{"127.0.0.1", 9092}}));
  EXPECT_EQ(url->topic, "market-value");
}

TEST(feed_url, may_name_several_brokers_and_ipv6_in_brackets) {
  const auto url = parse_feed_url("kafka://b-1.example:9092,[::1]:9093,b_2:1/a.b_c-9");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->brokers, (std::vector<broker_address>{{"b-1.example", 9092}, {"::1", 9093}, {"b_2", 1}}));
  EXPECT_EQ(to_string(url->brokers), "b-1.example:9092,[::1]:9093,b_2:1");
}

TEST(feed_url, says_what_is_wrong_with_a_bad_one) {
  const std::pair<const char*, errc> cases[] = {
      {"", errc::url_scheme},
      {"http://a:1/t", errc::url_scheme},
      {"kafka:///t", errc::url_broker},
      {"kafka://a:1,/t", errc::url_broker},
      {"kafka://,a:1/t", errc::url_broker},
      {"kafka://::1:9092/t", errc::url_host},
      {"kafka://:9092/t", errc::url_host},
      {"kafka://[::1/t", errc::url_host},
      {"kafka://[]:1/t", errc::url_host},
      {"kafka://[name]:1/t", errc::url_host},
      {"kafka://user@a:1/t", errc::url_host},
      {"kafka://a b:1/t", errc::url_host},
      {"kafka://a/t", errc::url_port},
      {"kafka://a:/t", errc::url_port},
      {"kafka://a:0/t", errc::url_port},
      {"kafka://a:65536/t", errc::url_port},
      {"kafka://a:9x/t", errc::url_port},
      {"kafka://a:-1/t", errc::url_port},
      {"kafka://[::1]/t", errc::url_port},
      {"kafka://a:1", errc::url_topic},
      {"kafka://a:1/", errc::url_topic},
      {"kafka://a:1/..", errc::url_topic_name},
      {"kafka://a:1/a/b", errc::url_topic_name},
      {"kafka://a:1/t?x=1", errc::url_topic_name},
      {"kafka://a:1/caf\xC3\xA9", errc::url_topic_name},
  };
  for (const auto& [text, expected] : cases) {
    const auto url = parse_feed_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error(), expected) << text << ": " << url.error().message();
    EXPECT_NE(url.error().message(), "unknown");
  }
  EXPECT_EQ(parse_feed_url("kafka://a:1/" + std::string(250, 't')).error(), errc::url_topic_name);
}

}  // namespace
}  // namespace blotter::kafka
