#include "serve/page_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "serve/settings.hpp"

namespace blotter::serve {
namespace {

using testing::HasSubstr;

config::settings up(std::vector<std::string> arguments) {
  static const config::table all = {{}, settings_table()};
  return config::load(all, "up", {std::move(arguments), {}});
}

class page_files_test : public testing::Test {
 protected:
  page_files_test() {
    const auto* const running = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            ("blotter-" + std::to_string(getpid()) + "-" + running->name() + ".json");
  }
  ~page_files_test() override { std::filesystem::remove(path_); }

  std::string served(const std::string& text) {
    std::ofstream(path_) << text;
    return served_with({"--page-columns", path_});
  }
  static std::string served_with(std::vector<std::string> arguments) {
    const page_files page(up(std::move(arguments)));
    http::request asked;
    asked.path = {"page.json"};
    const auto answer = page.files().serve(asked);
    return answer ? std::string(answer->body_view()) : "nothing";
  }
  std::string refusal(const std::string& text) {
    try {
      served(text);
      return "";
    } catch (const config::refused& problem) {
      return problem.what();
    }
  }

  std::filesystem::path path_;
};

TEST_F(page_files_test, serve_the_settings_of_the_page_as_they_are) {
  EXPECT_EQ(served(R"({"columns":[{"field":"price"}]})"), R"({"columns":[{"field":"price"}]})");
}

TEST_F(page_files_test, serve_an_empty_object_where_there_are_no_settings) {
  EXPECT_EQ(served_with({}), "{}\n");
}

TEST_F(page_files_test, refuse_what_is_no_object_and_say_where) {
  EXPECT_THAT(refusal("[]"), HasSubstr("holds no JSON object"));
  EXPECT_THAT(refusal("{\"columns\":"), HasSubstr("holds no JSON object"));
  EXPECT_THAT(refusal("{}"), "");
  EXPECT_THAT(refusal("{\"x\":\"" + std::string(page_files::size_max, 'x') + "\"}"), HasSubstr("256 KiB"));
}

TEST_F(page_files_test, refuse_a_file_that_is_not_there) {
  EXPECT_THROW(served_with({"--page-columns", path_}), config::refused);
}

}  // namespace
}  // namespace blotter::serve
