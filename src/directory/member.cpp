#include "directory/member.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "directory/errc.hpp"

namespace blotter::directory {

namespace {

bool is_allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

class directory_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "directory"; }
  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::bad_member_id:
        return "a member's name is 1 to 64 letters, digits, dots, underscores and hyphens";
      case errc::already_joined:
        return "another living member has this name";
      case errc::no_such_member:
        return "no member has this name, or it has left";
      case errc::bad_partitions:
        return "partitions are written as growing ranges, 0-15,17, all below 16384";
      case errc::record_too_long:
        return "a member's record is longer than 256 KiB: look who else writes into this map";
      case errc::record_not_json:
        return "a member's record is not a JSON object in UTF-8, nested 8 levels at most: look who else "
               "writes into this map";
      case errc::record_of_other_format:
        return "a member's record has another format than 1: run the same version of blotter everywhere";
      case errc::record_of_other_key:
        return "a member's record stands under a key that is not its id: remove it";
      case errc::record_field_missing:
        return "a member's record lacks one of format, id, incarnation, renewal, roles, stage: look who else "
               "writes into this map";
      case errc::record_field_bad:
        return "a field of a member's record is of the wrong kind or out of its range: run the same version "
               "of "
               "blotter everywhere, and look who else writes into this map";
      case errc::unknown_role:
        return "a member's record names a role other than router, node, gateway and autoscaler: run the same "
               "version of blotter everywhere, and look who else writes into this map";
      case errc::unknown_stage:
        return "a member's record names a stage other than starting, serving and draining: run the same "
               "version of blotter everywhere, and look who else writes into this map";
      case errc::too_many_members:
        return "there are more members than this cluster is made for: look who else writes into this map";
    }
    return "unknown error of the directory";
  }
};

}  // namespace

const boost::system::error_category& category() noexcept {
  static const directory_category only;
  return only;
}

result<member_id> member_id::parse(std::string_view text) {
  const bool good =
      !text.empty() && text.size() <= member_id_size_max && std::ranges::all_of(text, is_allowed);
  if (!good) return errc::bad_member_id;
  return member_id(text);
}

std::string_view to_text(role which) {
  switch (which) {
    case role::router:
      return "router";
    case role::node:
      return "node";
    case role::gateway:
      return "gateway";
    case role::autoscaler:
      return "autoscaler";
  }
  check(false);
  return {};
}

std::string_view to_text(stage which) {
  switch (which) {
    case stage::starting:
      return "starting";
    case stage::serving:
      return "serving";
    case stage::draining:
      return "draining";
  }
  check(false);
  return {};
}

std::string_view to_text(intake which) {
  return which == intake::open ? "open" : "full";
}

}  // namespace blotter::directory
