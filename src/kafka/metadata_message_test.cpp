#include "kafka/metadata_message.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "kafka/error.hpp"

namespace blotter::kafka {
namespace {

using namespace std::string_literals;

// Partition 1 of 2 comes first; partition 0 has epoch 7.
std::string answer() {
  return "\0\0\0\x2A"s  // correlation
         "\0"s          // tags of the header
         "\0\0\0\0"s    // throttle
         "\x02"s        // one broker
         "\0\0\0\x01"s
         "\x0A"s
         "127.0.0.1"
         "\0\0\x4A\x94"s
         "\0"s
         "\0"s
         "\x03"s
         "cc"           // cluster id
         "\0\0\0\x01"s  // controller
         "\x02"s        // one topic
         "\0\0"s
         "\x02"s
         "t"
         "ABCDEFGHIJKLMNOP"
         "\0"s
         "\x03"s  // two partitions
         "\0\0"s
         "\0\0\0\x01"s
         "\0\0\0\x01"s
         "\0\0\0\0"s
         "\x02\0\0\0\x01"s
         "\x02\0\0\0\x01"s
         "\x01"s
         "\0"s
         "\0\0"s
         "\0\0\0\0"s
         "\0\0\0\x01"s
         "\0\0\0\x07"s
         "\x02\0\0\0\x01"s
         "\x02\0\0\0\x01"s
         "\x01"s
         "\0"s
         "\x80\0\0\0"s  // rights
         "\0"s
         "\0"s;  // tags of the topic and of the answer
}

constexpr std::size_t topic_error_at = 38;
constexpr std::size_t first_partition_index_at = 62;

TEST(metadata_message, asks_for_one_topic_by_name_and_creates_none) {
  EXPECT_EQ(metadata_request("market", 0x01020304),
            "\0\0\0\x2E"s
            "\0\x03"
            "\0\x0C"s
            "\x01\x02\x03\x04"
            "\0\x07"s
            "blotter"
            "\0"s
            "\x02"s +
                std::string(16, '\0') +
                "\x07"s
                "market"
                "\0"
                "\0\0"
                "\0"s);
}

TEST(metadata_message, reads_which_topic_this_is) {
  const auto topic = read_metadata_answer(answer(), "t", 42);
  ASSERT_TRUE(topic) << topic.error().message();
  EXPECT_EQ(topic->cluster, "cc");
  EXPECT_EQ(std::string(topic->id.begin(), topic->id.end()), "ABCDEFGHIJKLMNOP");
  EXPECT_EQ(topic->partitions, 2u);
  EXPECT_EQ(topic->leader_epochs, (std::vector<std::int32_t>{7, 0}));
  EXPECT_EQ(topic->brokers, (std::vector<broker_address>{{"127.0.0.1", 19092}}));
}

TEST(metadata_message, says_that_a_topic_is_missing_or_refused) {
  std::string bytes = answer();
  bytes[topic_error_at + 1] = 3;
  EXPECT_EQ(read_metadata_answer(bytes, "t", 42).error(), errc::topic_missing);
  bytes[topic_error_at + 1] = 29;
  EXPECT_EQ(read_metadata_answer(bytes, "t", 42).error(), errc::topic_refused);
}

TEST(metadata_message, refuses_an_answer_to_another_question) {
  EXPECT_EQ(read_metadata_answer(answer(), "t", 43).error(), errc::answer_malformed);
  EXPECT_EQ(read_metadata_answer(answer(), "u", 42).error(), errc::answer_malformed);
}

TEST(metadata_message, refuses_partitions_that_are_no_row_from_0) {
  std::string twice = answer();
  twice[first_partition_index_at + 3] = 0;
  EXPECT_EQ(read_metadata_answer(twice, "t", 42).error(), errc::answer_malformed);
  std::string beyond = answer();
  beyond[first_partition_index_at + 3] = 2;
  EXPECT_EQ(read_metadata_answer(beyond, "t", 42).error(), errc::answer_malformed);
  beyond[first_partition_index_at] = '\xFF';
  EXPECT_EQ(read_metadata_answer(beyond, "t", 42).error(), errc::answer_malformed);
}

TEST(metadata_message, refuses_an_answer_cut_anywhere) {
  const std::string whole = answer();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(read_metadata_answer(whole.substr(0, size), "t", 42).error(), errc::answer_malformed) << size;
  }
}

TEST(metadata_message, refuses_counts_beyond_its_bytes) {
  std::string bytes = answer().substr(0, 9) + "\xFF\xFF\xFF\xFF\x0F"s + answer().substr(10);
  EXPECT_EQ(read_metadata_answer(bytes, "t", 42).error(), errc::answer_malformed);
}

TEST(metadata_message, survives_hostile_bytes) {
  random_source random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = answer();
    for (auto changes = 1 + random.below(4); changes > 0; --changes) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    }
    const auto topic = read_metadata_answer(bytes, "t", 42);
    EXPECT_TRUE(!topic || topic->partitions <= bytes.size());
  }
}

TEST(metadata_message, refuses_an_answer_that_is_too_long) {
  EXPECT_EQ(read_metadata_answer(std::string(metadata_answer_size_max + 1, '\0'), "t", 0).error(),
            errc::answer_too_long);
}

}  // namespace
}  // namespace blotter::kafka
