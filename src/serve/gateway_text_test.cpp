#include "serve/gateway_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace blotter::serve {
namespace {

using testing::HasSubstr;

TEST(gateway_text, wants_a_link_of_each_core_of_ours_also_of_one_that_has_not_found_the_node_yet) {
  gateway_finding found;
  found.nodes.push_back({.id = directory::member_id::parse("n1").value(), .links = 2, .cores = 2});
  EXPECT_THAT(gateway_text(std::array{found, gateway_finding()}), HasSubstr(R"("links":2,"links_wanted":4)"));
  EXPECT_THAT(gateway_text(std::array{found, found}), HasSubstr(R"("links":4,"links_wanted":4)"));
}

}  // namespace
}  // namespace blotter::serve
