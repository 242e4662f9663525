// Replaces `new` in the test program. In a file of its own: where compilers see both sides of it they warn.
#include "link/allocation_count.hpp"

#include <cstdlib>
#include <new>

namespace blotter::link {

thread_local long bytes_allocated = -1;

}  // namespace blotter::link

void* operator new(std::size_t size) {
  if (blotter::link::bytes_allocated >= 0) blotter::link::bytes_allocated += static_cast<long>(size);
  void* memory = std::malloc(size ? size : 1);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
