#include "feed/key_template.hpp"

#include <stdexcept>
#include <utility>

namespace blotter::feed {
namespace {

[[noreturn]] void refuse(std::string_view form, std::string_view why) {
  throw std::invalid_argument("key form \"" + std::string(form) + "\": " + std::string(why));
}

}  // namespace

key_template::key_template(std::string_view form, split where) : where_(where) {
  std::string* literal = &prefix_;
  for (std::string_view rest = form; !rest.empty();) {
    if (rest.front() != '{' && rest.front() != '}') {
      literal->push_back(rest.front());
      rest.remove_prefix(1);
      continue;
    }
    const bool is_client = rest.starts_with("{client}");
    if (!is_client && !rest.starts_with("{row}")) refuse(form, "only {client} and {row} may stand in braces");
    const part named = is_client ? part::client : part::row;
    rest.remove_prefix(is_client ? 8 : 5);
    if (second_ || first_ == named) refuse(form, "{client} and {row} may each occur once");
    if (first_ && separator_.empty()) refuse(form, "something must stand between {client} and {row}");
    (first_ ? second_ : first_) = named;
    literal = second_ ? &suffix_ : &separator_;
  }
  if (!first_ && !form.empty()) refuse(form, "neither {client} nor {row} occurs in it");
  if (!second_) suffix_ = std::exchange(separator_, {});
}

std::optional<key_template::parts> key_template::match(std::string_view key) const {
  if (key.size() < prefix_.size() + suffix_.size()) return std::nullopt;
  if (!key.starts_with(prefix_) || !key.ends_with(suffix_)) return std::nullopt;
  key = key.substr(prefix_.size(), key.size() - prefix_.size() - suffix_.size());
  parts found;
  auto place = [&found](part which, std::string_view text) {
    (which == part::client ? found.client : found.row) = text;
  };
  if (second_) {
    const auto at = where_ == split::first ? key.find(separator_) : key.rfind(separator_);
    if (at == key.npos) return std::nullopt;
    place(*second_, key.substr(at + separator_.size()));
    key = key.substr(0, at);
  }
  if (first_) place(*first_, key);
  return found;
}

}  // namespace blotter::feed
