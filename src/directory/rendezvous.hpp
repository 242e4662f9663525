#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace blotter::directory {

/// A text's number, the same on every machine and in every build: FNV-1a over its bytes (64 bits, offset
/// basis 0xCBF29CE484222325, prime 0x100000001B3), finished by `mixed`. Not for secrets.
std::uint64_t stable_hash(std::string_view text);

/// SplitMix64's finisher (Steele, Lea and Flood 2014): each bit of `value` moves every bit of the result.
constexpr std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}
/// The key of something that has a number: mixed(number + 1, times 0x9E3779B97F4A7C15).
constexpr std::uint64_t stable_hash(std::uint64_t number) {
  return mixed((number + 1) * 0x9E3779B97F4A7C15u);
}

/// Which of the `cores` of a node, or of another process that serves clients, has this client; `cores` at
/// least 1. Gateways and nodes of any build agree on it. `mixed` once more: among the clients of one node
/// `stable_hash` alone is not evenly spread.
inline std::uint32_t core_of(std::string_view client, std::uint32_t cores) {
  return static_cast<std::uint32_t>(mixed(stable_hash(client) + 1) % cores);
}

/// Shares are in eighths of an ordinary member's, so that small changes of load move nothing.
inline constexpr std::uint32_t weight_one = 8;
inline constexpr std::uint32_t weight_max = 64;

/// Who may be chosen.
struct contender {
  std::uint64_t name = 0;             ///< `stable_hash` of what it is called by all
  std::uint32_t weight = weight_one;  ///< 0 (takes no part) to `weight_max`
};

/// How much `who` wants `key`: the greatest of `weight` draws, draw i being mixed(key xor mixed(name + i)).
/// The greater of two scores wins; so each contender wins its weight's part of all keys, exactly and without
/// a logarithm, whose last bit differs between machines; and a weight that grows by one takes keys from the
/// others and moves none among them. 0 for weight 0.
std::uint64_t rendezvous_score(std::uint64_t key, const contender& who);

/// The first `count` of `all` for `key` by weighted rendezvous (highest random weight, Thaler and Ravishankar
/// 1998), best first; fewer when fewer have a weight. Indices into `all`. Whoever asks gets the same answer,
/// in whatever order the contenders stand. One that leaves moves its own keys alone, each to the next of that
/// key; one that joins takes its part from the others and moves nothing among them.
std::vector<std::size_t> rendezvous(std::uint64_t key, std::span<const contender> all, std::size_t count);

}  // namespace blotter::directory
