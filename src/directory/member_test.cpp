#include "directory/member.hpp"

#include <gtest/gtest.h>

#include <string>

#include "directory/errc.hpp"

namespace blotter::directory {
namespace {

TEST(member_id, is_a_short_plain_name) {
  const auto id = member_id::parse("node-1.a_B");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->text(), "node-1.a_B");
  EXPECT_TRUE(member_id::parse(std::string(member_id_size_max, 'm')));
}

TEST(member_id, is_nothing_else) {
  using namespace std::string_view_literals;
  const std::string long_name(member_id_size_max + 1, 'm');
  for (const std::string_view text :
       {""sv, "a b"sv, "a/b"sv, "a\0"sv, "\xC3\xA4"sv, "a\n"sv, std::string_view(long_name)})
    EXPECT_EQ(member_id::parse(text).error(), errc::bad_member_id) << text;
}

TEST(member_id, orders_as_its_text) {
  EXPECT_LT(*member_id::parse("m-1"), *member_id::parse("m-2"));
  EXPECT_EQ(*member_id::parse("m-1"), *member_id::parse("m-1"));
}

TEST(role, has_a_word) {
  EXPECT_EQ(to_text(role::router), "router");
  EXPECT_EQ(to_text(role::node), "node");
  EXPECT_EQ(to_text(role::gateway), "gateway");
  EXPECT_EQ(to_text(role::autoscaler), "autoscaler");
}

TEST(stage, has_a_word) {
  EXPECT_EQ(to_text(stage::starting), "starting");
  EXPECT_EQ(to_text(stage::serving), "serving");
  EXPECT_EQ(to_text(stage::draining), "draining");
}

TEST(intake, has_a_word) {
  EXPECT_EQ(to_text(intake::open), "open");
  EXPECT_EQ(to_text(intake::full), "full");
}

TEST(errc, has_a_number_and_a_sentence) {
  EXPECT_EQ(static_cast<int>(errc::bad_member_id), 1);
  EXPECT_EQ(static_cast<int>(errc::already_joined), 2);
  EXPECT_EQ(static_cast<int>(errc::no_such_member), 3);
  EXPECT_EQ(static_cast<int>(errc::bad_partitions), 4);
  EXPECT_EQ(static_cast<int>(errc::too_many_members), int{errc_end} - 1);
  for (int code = 1; code < int{errc_end}; ++code)
    EXPECT_NE(error_code(static_cast<errc>(code)).message(), "unknown error of the directory") << code;
  EXPECT_EQ(error_code(errc::already_joined).message(), "another living member has this name");
  EXPECT_STREQ(error_code(errc::no_such_member).category().name(), "directory");
}

}  // namespace
}  // namespace blotter::directory
