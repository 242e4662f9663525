#include "hazelcast/url.hpp"

#include <gtest/gtest.h>

#include "hazelcast/errc.hpp"

namespace blotter::hazelcast {
namespace {

TEST(hazelcast_url, names_members_and_cluster) {
  const auto got = parse_url("hazelcast://127.0.0.1:5801,grid-2,[::1]:5803/blotter");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->seeds, (std::vector<address>{{"127.0.0.1", 5801}, {"grid-2", 5701}, {"::1", 5803}}));
  EXPECT_EQ(got->cluster, "blotter");
  EXPECT_FALSE(got->who);
  EXPECT_EQ(parse_url("hazelcast://h")->cluster, "dev");
  EXPECT_EQ(parse_url("hazelcast://h")->by, transport::plain);
  EXPECT_EQ(parse_url("hazelcasts://h")->by, transport::tls);
}

TEST(hazelcast_url, may_hold_user_and_password) {
  const auto got = parse_url("hazelcast://me:p%40ss%3Aword@h");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->who->user, "me");
  EXPECT_EQ(got->who->password, "p@ss:word");
  EXPECT_EQ(got->seeds[0].host, "h");
}

TEST(hazelcast_url, is_nothing_else) {
  for (const char* text :
       {"", "h:5701", "http://h", "hazelcast://", "hazelcast:///c", "hazelcast://h:0", "hazelcast://h:65536",
        "hazelcast://h:x", "hazelcast://h,", "hazelcast://h/", "hazelcast://h/a/b", "hazelcast://me@h",
        "hazelcast://:p@h", "hazelcast://me:%4@h", "hazelcast://me:%zz@h", "hazelcast://[::1",
        "hazelcast://h h", "hazelcast://[::1]5", "hazelcast://h\n"})
    EXPECT_EQ(parse_url(text).error(), errc::bad_url) << text;
  std::string many = "hazelcast://h";
  for (int i = 0; i < 32; ++i) many += ",h";
  EXPECT_EQ(parse_url(many).error(), errc::bad_url);
}

}  // namespace
}  // namespace blotter::hazelcast
