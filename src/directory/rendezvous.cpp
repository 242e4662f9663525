#include "directory/rendezvous.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

#include "base/check.hpp"

namespace blotter::directory {

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t state = 0xCBF29CE484222325u;
  for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return mixed(state);
}

std::uint64_t rendezvous_score(std::uint64_t key, const contender& who) {
  check(who.weight <= weight_max);
  std::uint64_t best = 0;
  for (std::uint32_t draw = 0; draw < who.weight; ++draw)
    best = std::max(best, mixed(key ^ mixed(who.name + draw)));
  return best;
}

std::vector<std::size_t> rendezvous(std::uint64_t key, std::span<const contender> all, std::size_t count) {
  using entry = std::tuple<std::uint64_t, std::uint64_t, std::size_t>;  // score, name if equal, index
  std::vector<entry> entries;
  entries.reserve(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].weight > 0) entries.emplace_back(rendezvous_score(key, all[i]), all[i].name, i);
  count = std::min(count, entries.size());
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(entries.begin(), end, entries.end(), std::greater<>());
  std::vector<std::size_t> chosen;
  chosen.reserve(count);
  for (auto it = entries.begin(); it != end; ++it) chosen.push_back(std::get<2>(*it));
  return chosen;
}

}  // namespace blotter::directory
