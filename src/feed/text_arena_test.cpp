#include "feed/text_arena.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace blotter::feed {
namespace {

TEST(text_arena, keeps_text_where_it_was_written_while_it_grows_and_moves) {
  text_arena arena;
  std::vector<std::string_view> views;
  for (int i = 0; i < 5000; ++i) views.push_back(arena.copy("text number " + std::to_string(i)));
  views.push_back(arena.copy(std::string(text_arena::block_size * 3, 'x')));
  text_arena moved = std::move(arena);
  for (int i = 0; i < 5000; ++i)
    ASSERT_EQ(views[static_cast<std::size_t>(i)], "text number " + std::to_string(i));
  EXPECT_EQ(views.back(), std::string(text_arena::block_size * 3, 'x'));
}

TEST(text_arena, gives_room_again_that_was_not_kept) {
  text_arena arena;
  char* const first = arena.room(100);
  EXPECT_EQ(arena.room(50), first);
  std::memcpy(first, "abc", 3);
  arena.keep(3);
  EXPECT_EQ(arena.room(10), first + 3);
  EXPECT_EQ(arena.size(), 3u);
}

TEST(text_arena, is_empty_and_usable_after_it_was_moved_from) {
  text_arena arena;
  const auto kept = arena.copy("kept");
  const text_arena other = std::move(arena);
  EXPECT_EQ(arena.size(), 0u);  // NOLINT: what is promised of one that was moved from
  EXPECT_EQ(arena.copy("new"), "new");
  EXPECT_EQ(kept, "kept");
}

}  // namespace
}  // namespace blotter::feed
