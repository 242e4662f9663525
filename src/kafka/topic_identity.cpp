#include "kafka/topic_identity.hpp"

#include <bit>
#include <string_view>

namespace blotter::kafka {
namespace {

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

table::generation generation_of(const topic_identity& topic, std::uint64_t truncation) {
  stable_hash hash;
  hash.text(topic.cluster);
  hash.bytes(topic.id.data(), topic.id.size());
  hash.number(topic.partitions);
  if (truncation != 0) hash.number(truncation);
  const std::uint64_t value = hash.value();
  return table::generation{value == 0 ? 1 : value};
}

std::uint64_t truncation_mark(const topic_identity& topic, const std::vector<table::record_offset>& begins,
                              std::uint64_t before) {
  stable_hash hash;
  hash.number(before);
  for (const auto epoch : topic.leader_epochs) hash.number(static_cast<std::uint64_t>(epoch));
  for (const auto begin : begins) hash.number(static_cast<std::uint64_t>(begin));
  const std::uint64_t value = hash.value();
  return value == 0 ? 1 : value;
}

}  // namespace blotter::kafka
