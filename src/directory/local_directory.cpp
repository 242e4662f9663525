#include "directory/local_directory.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/check.hpp"
#include "directory/errc.hpp"

namespace blotter::directory {

result<void> local_directory::join(const member& self) {
  if (!members_.emplace(self.id, self).second) return errc::already_joined;
  tell(member_joined{self});
  return {};
}

result<void> local_directory::report(const member_id& self, const load_report& load) {
  const auto found = members_.find(self);
  if (found == members_.end()) return errc::no_such_member;
  if (load.number <= found->second.load.number) return {};
  found->second.load = load;
  tell(member_changed{found->second});
  return {};
}

result<void> local_directory::enter(const member_id& self, stage next) {
  const auto found = members_.find(self);
  if (found == members_.end()) return errc::no_such_member;
  if (std::exchange(found->second.stage, next) == next) return {};
  tell(member_changed{found->second});
  return {};
}

void local_directory::leave(const member_id& self) {
  if (members_.erase(self) == 0) return;
  tell(member_left{self});
}

std::vector<member> local_directory::members() const {
  const auto all = std::views::values(members_);
  return {all.begin(), all.end()};
}

void local_directory::add_listener(listener& who) {
  check(std::ranges::find(listeners_, &who) == listeners_.end());
  listeners_.push_back(&who);
}

void local_directory::remove_listener(listener& who) {
  if (telling_)
    std::ranges::replace(listeners_, &who, nullptr);
  else
    std::erase(listeners_, &who);
}

void local_directory::tell(event what) {
  untold_.push_back(std::move(what));
  if (std::exchange(telling_, true)) return;
  for (std::size_t next = 0; next < untold_.size(); ++next) {
    const event now = std::move(untold_[next]);
    const std::size_t hearers = listeners_.size();
    for (std::size_t i = 0; i < hearers; ++i)
      if (listeners_[i]) listeners_[i]->hear(now);
  }
  untold_.clear();
  std::erase(listeners_, nullptr);
  telling_ = false;
}

}  // namespace blotter::directory
