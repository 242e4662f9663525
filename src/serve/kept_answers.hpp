#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>

#include "http/responder.hpp"
#include "net/core.hpp"

namespace blotter::serve {

/// Rights to answer that wait on a core while the answer comes from elsewhere. On that core alone; bounded by
/// the connections of the process.
class kept_answers {
 public:
  explicit kept_answers(net::core& on) : core_(on) {}

  net::core& core() const { return core_; }
  /// Gives a number to `answer` it by.
  std::uint64_t keep(http::responder answer) {
    kept_.emplace(++last_, std::move(answer));
    return last_;
  }
  /// To an asker that has left: nothing.
  void answer(std::uint64_t request, http::response what) {
    const auto found = kept_.find(request);
    if (found == kept_.end()) return;
    http::responder to = std::move(found->second);
    kept_.erase(found);
    to.send(std::move(what));
  }
  /// Forgets those whose asker has left, after telling `gone`.
  void sweep(const std::function<void(std::uint64_t)>& gone) {
    for (auto each = kept_.begin(); each != kept_.end();) {
      if (each->second.wanted()) {
        ++each;
        continue;
      }
      if (gone) gone(each->first);
      each = kept_.erase(each);
    }
  }

 private:
  net::core& core_;
  std::unordered_map<std::uint64_t, http::responder> kept_;
  std::uint64_t last_ = 0;
};

}  // namespace blotter::serve
