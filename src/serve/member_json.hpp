#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "directory/member.hpp"

namespace blotter::serve {

/// Append `"name":value` to an object, after a comma where it is not the first.
void append_field(std::string& json, std::string_view name, std::string_view text);
void append_field(std::string& json, std::string_view name, std::uint64_t number);
/// `{"members":[…]`, not closed.
std::string begin_cluster(std::span<const directory::member> members);
/// A member as `/v1/cluster` shows it.
void append_member(std::string& json, const directory::member& one);

}  // namespace blotter::serve
