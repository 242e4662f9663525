#include "auth/ticket.hpp"

#include <gtest/gtest.h>

namespace blotter::auth {
namespace {

const std::string first_key(40, 'a');
const std::string second_key(40, 'b');
const wall_time noon(std::chrono::hours(500'000));

ticket_keys keys_of(const std::string& text) {
  return ticket_keys::parse(text).value();
}

const ticket for_c1{"c1 \xC3\xA9/\"", "n1", noon};

TEST(ticket, is_read_as_it_was_signed) {
  const ticket_keys keys = keys_of(first_key);
  EXPECT_EQ(keys.read(keys.sign(for_c1)).value(), for_c1);
}

TEST(ticket, stands_in_a_url_as_it_is) {
  const std::string text = keys_of(first_key).sign(for_c1);
  EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
            text.npos);
}

TEST(ticket, lasts_to_the_end_of_its_second) {
  const ticket_keys keys = keys_of(first_key);
  ticket odd = for_c1;
  odd.expires += milliseconds(1);
  EXPECT_EQ(keys.read(keys.sign(odd)).value().expires, noon + std::chrono::seconds(1));
}

TEST(ticket, of_another_key_is_forged) {
  EXPECT_EQ(keys_of(first_key).read(keys_of(second_key).sign(for_c1)).error(), errc::ticket_forged);
}

TEST(ticket, is_read_with_any_key_and_signed_with_the_first) {
  const ticket_keys changing = keys_of("# the new one\n " + second_key + " \r\n\n" + first_key + "\n");
  EXPECT_EQ(changing.read(keys_of(first_key).sign(for_c1)).value(), for_c1);
  EXPECT_EQ(keys_of(second_key).read(changing.sign(for_c1)).value(), for_c1);
}

TEST(ticket, is_forged_when_any_letter_of_it_is_another) {
  const ticket_keys keys = keys_of(first_key);
  const std::string text = keys.sign(for_c1);
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {  // the last one has bits that no byte needs
    std::string other = text;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_TRUE(keys.read(other).has_error()) << i;
  }
}

TEST(ticket, without_a_signature_is_none) {
  const ticket_keys keys = keys_of(first_key);
  // {"alg":"none","typ":"JWT"} {"iss":"blotter-place","sub":"c1","aud":"n1","exp":1800000000}
  const std::string unsigned_one =
      "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."
      "eyJpc3MiOiJibG90dGVyLXBsYWNlIiwic3ViIjoiYzEiLCJhdWQiOiJuMSIsImV4cCI6MTgwMDAwMDAwMH0";
  for (const std::string end : {"", ".", "..", ".A"})
    EXPECT_TRUE(keys.read(unsigned_one + end).has_error()) << end;
}

TEST(ticket, that_is_anything_else_is_none) {
  const ticket_keys keys = keys_of(first_key);
  for (const std::string& text : {std::string(), std::string("."), std::string(".."), std::string("a.b.c"),
                                  std::string("a\0.b.c", 6), std::string(5000, '.'), std::string(3000, 'a')})
    EXPECT_TRUE(keys.read(text).has_error()) << text.substr(0, 10);
}

/// Signed with the same key, by somebody who makes other tokens with it.
TEST(ticket, is_no_token_of_another_kind) {
  // {"alg":"HS256","typ":"JWT"} {"sub":"c1","aud":"n1","exp":1800000000}, by 40 times "a"
  const std::string other =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjMSIsImF1ZCI6Im4xIiwiZXhwIjoxODAwMDAwMDAwfQ.kQo3fFKI_"
      "Lbon7vD4oILz9Fd6-P2AxahqgtjNLMGxXg";
  EXPECT_EQ(keys_of(first_key).read(other).error(), errc::ticket_malformed);
}

TEST(admits, one_client_at_one_node_for_a_time) {
  EXPECT_TRUE(admits(for_c1, for_c1.client, "n1", noon).has_value());
  EXPECT_EQ(admits(for_c1, "c2", "n1", noon).error(), errc::ticket_other_client);
  EXPECT_EQ(admits(for_c1, for_c1.client, "n2", noon).error(), errc::ticket_other_node);
  EXPECT_TRUE(admits(for_c1, for_c1.client, "n1", noon + clocks_differ_max).has_value());
  EXPECT_EQ(admits(for_c1, for_c1.client, "n1", noon + clocks_differ_max + milliseconds(1)).error(),
            errc::ticket_expired);
}

TEST(ticket_keys, are_one_to_four_of_at_least_32_characters) {
  EXPECT_EQ(ticket_keys::parse("\n# none\n").error(), errc::no_key);
  EXPECT_EQ(ticket_keys::parse(first_key + "\n" + std::string(31, 'x')).error(), errc::key_too_short);
  std::string five;
  for (int i = 0; i < 5; ++i) five += first_key + "\n";
  EXPECT_EQ(ticket_keys::parse(five).error(), errc::too_many_keys);
}

}  // namespace
}  // namespace blotter::auth
