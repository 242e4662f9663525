#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

// Numbers in bytes: the protocol's frames are little-endian, the values inside them big-endian.
namespace blotter::hazelcast {

template <std::integral T>
T load_little(const char* from) {
  std::make_unsigned_t<T> out = 0;
  for (std::size_t i = sizeof(T); i-- > 0;)
    out = static_cast<std::make_unsigned_t<T>>((static_cast<std::uint64_t>(out) << 8) |
                                               static_cast<unsigned char>(from[i]));
  return static_cast<T>(out);
}

template <std::integral T>
T load_big(const char* from) {
  std::make_unsigned_t<T> out = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out = static_cast<std::make_unsigned_t<T>>((static_cast<std::uint64_t>(out) << 8) |
                                               static_cast<unsigned char>(from[i]));
  return static_cast<T>(out);
}

template <std::integral T>
void store_little(char* to, T number) {
  const auto bits = static_cast<std::make_unsigned_t<T>>(number);
  for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<char>(bits >> (8 * i));
}

template <std::integral T>
void append_little(std::string& out, T number) {
  char bytes[sizeof(T)];
  store_little(bytes, number);
  out.append(bytes, sizeof(T));
}

template <std::integral T>
void append_big(std::string& out, T number) {
  const auto bits = static_cast<std::make_unsigned_t<T>>(number);
  for (std::size_t i = sizeof(T); i-- > 0;) out += static_cast<char>(bits >> (8 * i));
}

}  // namespace blotter::hazelcast
