#include "serve/addresses.hpp"

#include <gtest/gtest.h>

namespace blotter::serve {
namespace {

TEST(addresses, know_every_kind_of_feed) {
  EXPECT_EQ(std::get<file_feed>(feed_of("file:a b.jsonl")).path, "a b.jsonl");
  EXPECT_TRUE(std::holds_alternative<stdin_feed>(feed_of("stdin")));
  EXPECT_EQ(std::get<kafka_feed>(feed_of("kafka://a:1,b:2/t")).url, "kafka://a:1,b:2/t");
  EXPECT_EQ(topic_of(feed_of("kafka://a:1,b:2/t")), "t");
  EXPECT_EQ(topic_of(feed_of("file:a/b")), "");
  EXPECT_TRUE(std::holds_alternative<stdout_target>(target_of("stdout")));
  EXPECT_EQ(std::get<file_feed>(dead_letter_of("file:x")).path, "x");
  EXPECT_EQ(std::get<topic_dead_letter>(dead_letter_of("refused.rows")).topic, "refused.rows");
}

TEST(addresses, divide_a_property_at_its_first_equals_sign) {
  EXPECT_EQ(property_of("a.b=c=d"), std::make_pair(std::string("a.b"), std::string("c=d")));
}

}  // namespace
}  // namespace blotter::serve
