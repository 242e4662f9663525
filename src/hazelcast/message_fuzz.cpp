#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/fuzz_corpus.hpp"
#include "hazelcast/answer.hpp"
#include "hazelcast/recorded.hpp"
#include "hazelcast/value.hpp"

// Any bytes as what a member sends: messages within their limits, each of which any reader takes or refuses.

namespace blotter::hazelcast {
namespace {

constexpr std::size_t fuzzed_size_max = 4'096;

void read_any_way(message what) {
  (void)what.type();
  (void)what.correlation();
  (void)what.is_event();
  if (const auto got = read_authentication(what))
    check(got->status != authentication_status::authenticated || got->partition_count > 0);
  (void)read_error(what);
  if (const auto got = read_members(what)) {
    check(got->all.size() <= cluster_members_max);
    for (const cluster_member& each : got->all) check(!each.at.host.empty() && each.at.port > 0);
  }
  if (const auto got = read_partitions(what)) check(got->of.size() <= cluster_members_max);
  if (const auto got = read_entry_event(what)) {
    for (const auto& each : {got->key, got->value, got->old_value})
      if (each) (void)deserialize(*each);
  }
  (void)read_value(what);
  (void)read_flag(what);
  if (const auto got = read_entries(what)) {
    for (const auto& [key, value] : *got) {
      const auto text = deserialize(value);
      check(!text || text->text.size() <= value.size());
      if (key.size() >= 8) check(partition_of(key, 271) < 271);
    }
  }
}

/// What real members sent: each message alone, and all that one connection of an observer carried.
std::vector<std::string> seeds() {
  std::vector<std::string> made;
  for (const std::string_view each : recorded::all) made.push_back(recorded::bytes(each));
  std::string together;
  for (const std::string& each : made) together += each;
  made.push_back(together);
  return made;
}

}  // namespace
}  // namespace blotter::hazelcast

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  blotter::fuzz::plant(*count, *arguments, blotter::hazelcast::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace blotter::hazelcast;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  message_splitter in(fuzzed_size_max);
  for (std::size_t at = 0; at < input.size(); at += 61) {
    in.take(input.substr(at, 61));
    auto next = in.next();
    for (; next && *next; next = in.next()) {
      blotter::check((*next)->bytes().size() <= fuzzed_size_max);
      read_any_way(**next);
    }
    if (!next) return 0;
  }
  return 0;
}
