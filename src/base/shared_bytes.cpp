#include "base/shared_bytes.hpp"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "base/check.hpp"

namespace blotter {

shared_bytes::shared_bytes(std::string_view text) {
  check(text.size() <= std::numeric_limits<std::uint32_t>::max());
  void* memory = std::malloc(sizeof(block) + text.size());
  if (!memory) throw std::bad_alloc();
  block_ = new (memory) block{{1}, static_cast<std::uint32_t>(text.size())};
  if (!text.empty()) std::memcpy(static_cast<void*>(block_ + 1), text.data(), text.size());
}

void shared_bytes::release(block* last) noexcept {
  last->~block();
  std::free(last);
}

}  // namespace blotter
