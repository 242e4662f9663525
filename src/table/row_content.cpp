#include "table/row_content.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.hpp"
#include "table/row_change.hpp"

namespace blotter::table {

row_content::row_content(std::string_view key, std::string_view value) {
  check(key.size() <= row_key_size_max && value.size() <= row_value_size_max);
  const std::size_t size = text_at + key.size() + value.size();
  // What allocators round up to anyway: room for a value that is a few bytes longer.
  const std::size_t room = std::max(sizeof(head), (size + 7) / 16 * 16 + 8);
  void* memory = std::malloc(room);
  if (!memory) throw std::bad_alloc();
  block_ = new (memory) head{{1},
                             static_cast<std::uint32_t>(value.size()) & 0xFFFFFF,
                             static_cast<std::uint8_t>(room - size),
                             static_cast<std::uint16_t>(key.size())};
  char* text = static_cast<char*>(memory) + text_at;
  std::memcpy(text, key.data(), key.size());
  if (!value.empty()) std::memcpy(text + key.size(), value.data(), value.size());
}

void row_content::set_value(std::string_view value) {
  const std::size_t room = std::size_t{block_->value_size} + block_->spare;
  const bool fits = value.size() <= room && room - value.size() <= 255;
  if (!fits || block_->holders.load(std::memory_order_acquire) != 1) {
    *this = row_content(key(), value);
    return;
  }
  block_->value_size = static_cast<std::uint32_t>(value.size()) & 0xFFFFFF;
  block_->spare = static_cast<std::uint8_t>(room - value.size());
  char* text = reinterpret_cast<char*>(block_) + text_at + block_->key_size;
  if (!value.empty()) std::memcpy(text, value.data(), value.size());
}

void row_content::release(head* last) noexcept {
  last->~head();
  std::free(last);
}

}  // namespace blotter::table
