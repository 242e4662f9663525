#include "lines/file_source.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "lines/collecting_outlet.hpp"

namespace blotter::lines {
namespace {

namespace fs = std::filesystem;
using seen = collecting_outlet::seen;

std::string row(const std::string& ticker, int price = 1) {
  return R"({"clientId":"c1","ticker":")" + ticker + R"(","price":)" + std::to_string(price) + "}\n";
}

class file_following : public testing::Test {
 protected:
  file_following() {
    std::string name = (fs::temp_directory_path() / "blotter-lines-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    path = directory / "rows.jsonl";
  }
  ~file_following() override { fs::remove_all(directory); }

  void append(const std::string& text) { std::ofstream(path, std::ios::app) << text; }
  void replace(const std::string& text) {
    const fs::path fresh = directory / "fresh";
    std::ofstream(fresh) << text;
    fs::rename(fresh, path);
  }
  /// Without the kernel's notices off, a look by the clock would come too late for any test.
  file_options options(file_notices notices = file_notices::yes) {
    file_options all;
    all.path = path.string();
    all.look_period = notices == file_notices::yes ? milliseconds(3'600'000) : milliseconds(1);
    all.notices = notices;
    all.lost_after = milliseconds(1);
    return all;
  }
  bool wait_for_rows(collecting_outlet& from, std::size_t count) {
    return from.wait(
        [count](const seen& so_far) { return so_far.rows.size() == count && so_far.caught_up.size() == 1; });
  }
  void follow_growth(file_notices notices);

  fs::path directory, path;
  feed::reject_ledger rejects;
  collecting_outlet out;
};

void file_following::follow_growth(file_notices notices) {
  append(row("A") + row("B"));
  file_source source(options(notices), rejects, out);
  source.start();
  ASSERT_TRUE(wait_for_rows(out, 2));
  EXPECT_EQ(out.now().caught_up.at(0), static_cast<std::int64_t>(2 * row("A").size()));
  append(row("C"));
  ASSERT_TRUE(wait_for_rows(out, 3));
  append("{\"key\":\"c1_A\",\"value\":null}\n");
  ASSERT_TRUE(wait_for_rows(out, 2));
  source.stop();
  EXPECT_EQ(out.now().generations.size(), 1u);
  EXPECT_EQ(out.now().changes.at(2).at, (table::position{0, static_cast<std::int64_t>(2 * row("A").size())}));
}

TEST_F(file_following, gives_what_is_there_and_then_what_is_appended) {
  follow_growth(file_notices::yes);
}

TEST_F(file_following, does_without_notices_of_the_kernel) {
  follow_growth(file_notices::no);
}

TEST_F(file_following, keeps_its_generation_over_a_restart_of_the_process) {
  append(row("A"));
  {
    file_source source(options(), rejects, out);
    source.start();
    ASSERT_TRUE(wait_for_rows(out, 1));
  }
  append(row("B"));
  collecting_outlet later;
  file_source source(options(), rejects, later);
  source.start();
  ASSERT_TRUE(wait_for_rows(later, 2));
  EXPECT_EQ(later.now().generations, out.now().generations);
}

TEST_F(file_following, begins_a_generation_when_the_file_is_replaced) {
  append(row("A"));
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(wait_for_rows(out, 1));
  replace(row("A") + row("B"));
  ASSERT_TRUE(wait_for_rows(out, 2));
  const seen after = out.now();
  ASSERT_EQ(after.generations.size(), 2u);
  EXPECT_NE(after.generations[0], after.generations[1]);
  EXPECT_EQ(after.reasons[1], "the file was replaced");
  EXPECT_EQ(after.changes.at(0).at.offset, 0);
  EXPECT_TRUE(after.lost.empty());
}

TEST_F(file_following, follows_a_rotation_and_the_writer_of_the_new_file) {
  append(row("A"));
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(wait_for_rows(out, 1));
  for (int i = 0; i < 20; ++i) {
    fs::rename(path, directory / "rows.jsonl.1");
    append(row("R" + std::to_string(i)));
    ASSERT_TRUE(
        out.wait([i](const seen& so_far) { return so_far.rows.contains("c1 R" + std::to_string(i)); }));
    append(row("S"));
    ASSERT_TRUE(wait_for_rows(out, 2));
  }
}

TEST_F(file_following, begins_another_generation_when_the_file_is_truncated_and_written_again) {
  append(row("A") + row("B"));
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(wait_for_rows(out, 2));
  for (const std::string ticker : {"C", "D"}) {
    fs::resize_file(path, 0);
    append(row("A"));
    append(row(ticker));
    ASSERT_TRUE(out.wait([ticker](const seen& so_far) {
      return so_far.rows.size() == 2 && so_far.rows.contains("c1 " + ticker) && so_far.caught_up.size() == 1;
    }));
  }
  const seen after = out.now();
  EXPECT_GE(after.generations.size(), 3u);
  EXPECT_EQ(std::set(after.generations.begin(), after.generations.end()).size(), after.generations.size());
}

TEST_F(file_following, notices_a_file_written_anew_in_place_by_its_first_line) {
  append(row("A"));
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(wait_for_rows(out, 1));
  {
    // One write over the old bytes: the size never shrinks.
    std::FILE* file = std::fopen(path.c_str(), "r+");
    const std::string text = row("B") + row("C");
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
  }
  ASSERT_TRUE(
      out.wait([](const seen& so_far) { return so_far.rows.size() == 2 && so_far.rows.contains("c1 B"); }));
  EXPECT_EQ(out.now().reasons.at(1), "the file was truncated");
}

TEST_F(file_following, waits_for_a_missing_file_and_says_so) {
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(out.wait([](const seen& so_far) { return !so_far.waiting_for.empty(); }));
  EXPECT_EQ(out.now().waiting_for, "file " + path.string() + ": No such file or directory");
  EXPECT_TRUE(out.now().generations.empty());
  append(row("A"));
  ASSERT_TRUE(wait_for_rows(out, 1));
}

TEST_F(file_following, waits_where_no_regular_file_stands) {
  fs::create_directory(path);
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(
      out.wait([](const seen& so_far) { return so_far.waiting_for.ends_with("is no regular file"); }));
  fs::remove(path);
  append(row("A"));
  ASSERT_TRUE(wait_for_rows(out, 1));
}

TEST_F(file_following, says_that_a_vanished_file_is_lost_and_begins_anew_when_another_comes) {
  append(row("A"));
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(wait_for_rows(out, 1));
  fs::remove(path);
  ASSERT_TRUE(out.wait([](const seen& so_far) { return so_far.lost.size() == 1; }));
  append(row("A") + row("B"));
  ASSERT_TRUE(out.wait([](const seen& so_far) { return so_far.rows.size() == 2 && so_far.restored == 1; }));
  EXPECT_GE(out.now().generations.size(), 2u);
  ASSERT_TRUE(wait_for_rows(out, 2));
}

TEST_F(file_following, goes_on_when_the_same_file_comes_back) {
  append(row("A"));
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(wait_for_rows(out, 1));
  fs::rename(path, directory / "away");
  ASSERT_TRUE(out.wait([](const seen& so_far) { return so_far.lost.size() == 1; }));
  std::ofstream(directory / "away", std::ios::app) << row("B");
  fs::rename(directory / "away", path);
  ASSERT_TRUE(out.wait([](const seen& so_far) { return so_far.rows.size() == 2 && so_far.restored == 1; }));
  EXPECT_EQ(out.now().generations.size(), 1u);
}

TEST_F(file_following, is_current_with_an_empty_file_and_begins_with_its_first_line) {
  append("");
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(out.wait([](const seen& so_far) { return so_far.caught_up.size() == 1; }));
  append("{\"clientId\":\"c1\",");
  append("\"ticker\":\"A\"}\n");
  ASSERT_TRUE(wait_for_rows(out, 1));
  EXPECT_EQ(out.now().reasons.back(), "the file has its first line now");
  collecting_outlet later;
  file_source again(options(), rejects, later);
  again.start();
  ASSERT_TRUE(wait_for_rows(later, 1));
  EXPECT_EQ(later.now().generations.at(0), out.now().generations.back());
}

TEST_F(file_following, leaves_an_incomplete_last_line_until_its_line_break_comes) {
  const std::string second = row("B");
  append(row("A") + second.substr(0, 20));
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(wait_for_rows(out, 1));
  EXPECT_EQ(out.now().caught_up.at(0), static_cast<std::int64_t>(row("A").size()));
  append(second.substr(20));
  ASSERT_TRUE(wait_for_rows(out, 2));
  EXPECT_EQ(rejects.counters().total(), 0u);
}

TEST_F(file_following, gives_a_large_file_whole_and_refuses_only_its_bad_lines) {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += row("T" + std::to_string(i)) + (i % 1000 == 0 ? "bad line\r\n" : "");
  append(text);
  file_source source(options(), rejects, out);
  source.start();
  ASSERT_TRUE(wait_for_rows(out, 20'000));
  EXPECT_EQ(rejects.counters().of(feed::reject_reason::not_json), 20u);
}

TEST_F(file_following, ends_when_the_other_side_has_gone) {
  append(row("A"));
  out.close();
  file_source source(options(), rejects, out);
  source.start();
  source.stop();
  source.stop();
}

}  // namespace
}  // namespace blotter::lines
