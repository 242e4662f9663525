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

}  // namespace blotter::directory
