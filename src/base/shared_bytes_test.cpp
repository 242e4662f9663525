#include "base/shared_bytes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace blotter {
namespace {

TEST(shared_bytes, keeps_a_copy_of_its_text) {
  std::string text = "a row";
  const shared_bytes bytes(text);
  text.assign("other");
  EXPECT_EQ(bytes.view(), "a row");
}

TEST(shared_bytes, is_empty_until_it_holds_something) {
  const shared_bytes none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.view(), "");
  EXPECT_EQ(shared_bytes("").view(), "");
}

TEST(shared_bytes, shares_one_block_between_copies) {
  const shared_bytes first("shared");
  shared_bytes second = first;
  EXPECT_EQ(first.view().data(), second.view().data());
  second = shared_bytes("else");
  EXPECT_EQ(first.view(), "shared");
}

TEST(shared_bytes, may_be_copied_and_dropped_on_several_threads) {
  const shared_bytes bytes("rows");
  auto copy_and_drop = [&bytes] {
    for (int i = 0; i < 10'000; ++i) {
      const shared_bytes held = bytes;
      ASSERT_EQ(held.size(), 4u);
    }
  };
  std::thread other(copy_and_drop);
  copy_and_drop();
  other.join();
}

}  // namespace
}  // namespace blotter
