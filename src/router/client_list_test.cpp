#include "router/client_list.hpp"

#include <gtest/gtest.h>

namespace blotter::router {
namespace {

using names = std::vector<std::string_view>;

struct client_list_of_four : testing::Test {
  client_list_of_four() : tables({}) {
    tables.clear(static_cast<table::generation>(1));
    for (const char* client : {"b", "a10", "a", "a2"}) add(client, table::change_kind::put);
  }
  void add(std::string_view client, table::change_kind kind) {
    const table::row_change change{
        client, "K", kind == table::change_kind::put ? "{}" : "", {0, ++offset}, {}, kind, nullptr};
    tables.apply({&change, 1}, [](table::table_id) {});
  }
  names page(std::string_view prefix, std::string_view after, std::size_t limit) {
    const client_page found = list.page(tables, prefix, after, limit, now);
    more = found.more;
    return found.clients;
  }

  table::table_set tables;
  client_list list;
  instant now{std::chrono::hours(1)};
  table::record_offset offset = 0;
  bool more = false;
};

TEST_F(client_list_of_four, is_in_byte_order) {
  EXPECT_EQ(page("", "", 10), (names{"a", "a10", "a2", "b"}));
  EXPECT_FALSE(more);
}

TEST_F(client_list_of_four, keeps_to_a_prefix_and_goes_on_behind_a_client) {
  EXPECT_EQ(page("a", "", 2), (names{"a", "a10"}));
  EXPECT_TRUE(more);
  EXPECT_EQ(page("a", "a10", 2), (names{"a2"}));
  EXPECT_FALSE(more);
  EXPECT_EQ(page("a1", "", 10), (names{"a10"}));
  EXPECT_EQ(page("z", "", 10), names{});
  EXPECT_EQ(page("a", "zz", 10), names{});
}

TEST_F(client_list_of_four,
       leaves_out_clients_whose_rows_are_all_deleted_and_takes_up_new_ones_within_a_second) {
  page("", "", 10);
  add("b", table::change_kind::erase);
  add("c", table::change_kind::put);
  EXPECT_EQ(page("", "a2", 10), (names{"b"}));
  now += std::chrono::seconds(1);
  EXPECT_EQ(page("", "a2", 10), (names{"c"}));
}

}  // namespace
}  // namespace blotter::router
