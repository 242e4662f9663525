#include "lines/stream_source.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "lines/collecting_outlet.hpp"

namespace blotter::lines {
namespace {

using seen = collecting_outlet::seen;

const std::string a = R"({"clientId":"c1","ticker":"A"})";
const std::string b = R"({"clientId":"c1","ticker":"B"})";

class stream_reading : public testing::Test {
 protected:
  stream_reading() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    input = descriptor(ends[0]);
    output = descriptor(ends[1]);
  }
  void write(const std::string& text) {
    ASSERT_EQ(::write(output.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  descriptor input, output;
  feed::reject_ledger rejects;
  collecting_outlet out;
};

TEST_F(stream_reading, is_caught_up_with_what_is_there_and_goes_on) {
  write(a + "\n");
  stream_source source(input.get(), {}, rejects, out);
  source.start();
  ASSERT_TRUE(out.wait([](const seen& so_far) { return so_far.caught_up.size() == 1; }));
  EXPECT_EQ(out.now().rows.size(), 1u);
  write(b.substr(0, 7));
  write(b.substr(7) + "\n");
  ASSERT_TRUE(out.wait([](const seen& so_far) { return so_far.rows.size() == 2; }));
  source.stop();
}

TEST_F(stream_reading, takes_a_last_line_without_line_break_and_stays_current_after_the_end) {
  write(a + "\nbad\n" + b);
  output = descriptor();
  stream_source source(input.get(), {}, rejects, out);
  source.start();
  ASSERT_TRUE(
      out.wait([](const seen& so_far) { return so_far.rows.size() == 2 && so_far.caught_up.size() == 1; }));
  source.stop();
  EXPECT_TRUE(out.now().lost.empty());
  EXPECT_EQ(rejects.counters().of(feed::reject_reason::not_json), 1u);
}

TEST_F(stream_reading, has_another_generation_at_each_start) {
  output = descriptor();
  collecting_outlet other;
  stream_source first(input.get(), {}, rejects, out), second(input.get(), {}, rejects, other);
  first.start();
  second.start();
  auto begun = [](const seen& so_far) { return so_far.generations.size() == 1; };
  ASSERT_TRUE(out.wait(begun) && other.wait(begun));
  EXPECT_NE(out.now().generations, other.now().generations);
  EXPECT_NE(out.now().generations[0], table::generation::none);
}

TEST_F(stream_reading, stops_while_it_waits_for_input) {
  stream_source source(input.get(), {}, rejects, out);
  source.start();
  ASSERT_TRUE(out.wait([](const seen& so_far) { return so_far.caught_up.size() == 1; }));
  source.stop();
}

TEST_F(stream_reading, says_that_an_input_that_can_not_be_read_is_lost) {
  const descriptor directory(::open("/", O_RDONLY | O_CLOEXEC));
  stream_source source(directory.get(), {}, rejects, out);
  source.start();
  ASSERT_TRUE(out.wait([](const seen& so_far) { return so_far.lost.size() == 1; }));
  EXPECT_EQ(out.now().lost[0], "the input can not be read: Is a directory");
}

}  // namespace
}  // namespace blotter::lines
