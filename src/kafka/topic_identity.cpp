#include "kafka/topic_identity.hpp"

#include <bit>
#include <string_view>

namespace blotter::kafka {
namespace {

constexpr std::uint64_t cuts_mask = 0xFFFF;

// FNV-1a, finished with SplitMix64's mixer: a stable hash whose definition is ours, since ids outlive
// processes.
class stable_hash {
 public:
  void bytes(const void* data, std::size_t size) {
    const auto* p = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) state_ = (state_ ^ p[i]) * 0x100000001B3u;
  }
  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
      const auto byte = static_cast<unsigned char>(value >> shift);
      bytes(&byte, 1);
    }
  }
  void text(std::string_view value) {
    number(value.size());
    bytes(value.data(), value.size());
  }
  std::uint64_t value() const {
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325u;
};

}  // namespace

table::generation generation_of(const topic_identity& topic, std::uint16_t cuts) {
  stable_hash hash;
  hash.text(topic.cluster);
  hash.bytes(topic.id.data(), topic.id.size());
  hash.number(topic.partitions);
  const std::uint64_t name = hash.value() & ~cuts_mask;
  return table::generation{(name == 0 ? cuts_mask + 1 : name) | cuts};
}

bool is_later(table::generation one, table::generation than) {
  const auto name = [](table::generation of) { return static_cast<std::uint64_t>(of) & ~cuts_mask; };
  return name(one) == name(than) && cuts_in(one) > cuts_in(than);
}

std::uint16_t cuts_in(table::generation one) {
  return static_cast<std::uint16_t>(static_cast<std::uint64_t>(one) & cuts_mask);
}

}  // namespace blotter::kafka
