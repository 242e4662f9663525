#include "lines/dead_letter_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace blotter::lines {
namespace {

namespace fs = std::filesystem;

class dead_letters : public testing::Test {
 protected:
  dead_letters() {
    std::string name = (fs::temp_directory_path() / "blotter-letters-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    limits.path = (directory / "letters").string();
  }
  ~dead_letters() override { fs::remove_all(directory); }

  std::string written() {
    std::ostringstream all;
    all << std::ifstream(limits.path).rdbuf();
    return all.str();
  }
  static void put(dead_letter_file& to, std::string_view value, int second = 0) {
    to.put({"c1_A", value, 3, 42, wall_time(milliseconds(7))}, feed::reject_reason::not_json,
           instant() + std::chrono::seconds(second));
  }

  fs::path directory;
  dead_letter_file::options limits;
};

TEST_F(dead_letters, are_lines_of_json_with_key_and_value_as_they_came) {
  dead_letter_file file(limits);
  put(file, std::string_view("\x00\xFF", 2));
  file.put({std::nullopt, std::nullopt, -1, 5, {}}, feed::reject_reason::no_key, {});
  EXPECT_EQ(
      written(),
      R"({"time":7,"partition":3,"offset":42,"reason":"not_json","key":"YzFfQQ==","value":"AP8=","value_size":2})"
      "\n"
      R"({"time":0,"partition":-1,"offset":5,"reason":"no_key","key":null,"value":null,"value_size":0})"
      "\n");
  EXPECT_EQ(file.written(), 2u);
}

TEST_F(dead_letters, encode_any_length) {
  dead_letter_file file(limits);
  for (const char* value : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) put(file, value);
  std::string all = written();
  for (const char* encoded :
       {"\"\"", "\"Zg==\"", "\"Zm8=\"", "\"Zm9v\"", "\"Zm9vYg==\"", "\"Zm9vYmE=\"", "\"Zm9vYmFy\""})
    EXPECT_NE(all.find(std::string("\"value\":") + encoded), std::string::npos) << encoded;
}

TEST_F(dead_letters, are_added_to_those_of_an_earlier_start) {
  for (int i = 0; i < 2; ++i) {
    dead_letter_file file(limits);
    put(file, "x");
  }
  const std::string all = written();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 2);
}

TEST_F(dead_letters, keep_the_beginning_of_a_long_value) {
  limits.part_size_max = 3;
  dead_letter_file file(limits);
  put(file, "foobar");
  EXPECT_NE(written().find(R"("value":"Zm9v","value_size":6)"), std::string::npos);
}

TEST_F(dead_letters, grow_no_faster_than_allowed) {
  limits.burst_max = 1000;
  limits.rate_max = 500;
  dead_letter_file file(limits);
  for (int i = 0; i < 100; ++i) put(file, "x");
  EXPECT_GT(file.written(), 3u);
  EXPECT_LE(written().size(), 1000u);
  EXPECT_EQ(file.written() + file.dropped(), 100u);
  for (int i = 0; i < 100; ++i) put(file, "x", 1);
  EXPECT_LE(written().size(), 1500u);
  for (int i = 0; i < 100; ++i) put(file, "x", 1000);
  EXPECT_LE(written().size(), 2500u);
}

TEST_F(dead_letters, never_outgrow_their_file) {
  limits.size_max = 1000;
  for (int i = 0; i < 3; ++i) {
    dead_letter_file file(limits);
    for (int j = 0; j < 100; ++j) put(file, "x");
  }
  EXPECT_LE(written().size(), 1000u);
}

TEST_F(dead_letters, need_a_file_that_can_be_opened) {
  limits.path = (directory / "missing" / "letters").string();
  EXPECT_THROW(dead_letter_file{limits}, std::system_error);
}

}  // namespace
}  // namespace blotter::lines
