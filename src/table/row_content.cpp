#include "table/row_content.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.hpp"
#include "table/row_change.hpp"

namespace blotter::table {

row_content::row_content(std::string_view key, std::string_view value) {
  check(key.size() <= row_key_size_max && value.size() <= row_value_size_max);
  const std::size_t size = text_at + key.size() + value.size();
  void* memory = std::malloc(size < sizeof(head) ? sizeof(head) : size);
  if (!memory) throw std::bad_alloc();
  block_ = new (memory)
      head{{1}, static_cast<std::uint32_t>(value.size()), static_cast<std::uint16_t>(key.size())};
  char* text = static_cast<char*>(memory) + text_at;
  std::memcpy(text, key.data(), key.size());
  if (!value.empty()) std::memcpy(text + key.size(), value.data(), value.size());
}

void row_content::release(head* last) noexcept {
  last->~head();
  std::free(last);
}

}  // namespace blotter::table
