#include "lines/random_generation.hpp"

#include <cstdint>
#include <random>

namespace blotter::lines {

table::generation random_generation() {
  std::random_device chance;
  std::uint64_t id = 0;
  while (id == 0) id = (std::uint64_t{chance()} << 32) | chance();
  return table::generation{id};
}

}  // namespace blotter::lines
