#include "hazelcast/cluster_view.hpp"

#include <algorithm>

namespace blotter::hazelcast {

bool cluster_view::fits(const authentication_answer& from) const {
  return !cluster_ || (*cluster_ == from.cluster && partition_count_ == from.partition_count);
}

void cluster_view::begin(const authentication_answer& from) {
  if (cluster_ && fits(from)) return;
  cluster_ = from.cluster;
  partition_count_ = from.partition_count;
  members_.clear();
  owners_.clear();
  version_ = 0;
}

bool cluster_view::apply(members_view view) {
  if (view.version <= version_) return false;
  version_ = view.version;
  const bool news = view.all != members_;
  members_ = std::move(view.all);
  return news;
}

void cluster_view::apply(const partition_owners& table) {
  owners_.assign(static_cast<std::size_t>(partition_count_), std::nullopt);
  for (const auto& [owner, partitions] : table.of) {
    for (const std::int32_t each : partitions)
      if (each >= 0 && each < partition_count_) owners_[static_cast<std::size_t>(each)] = owner;
  }
}

std::optional<uuid> cluster_view::owner_of(std::int32_t partition) const {
  if (partition < 0 || static_cast<std::size_t>(partition) >= owners_.size()) return std::nullopt;
  return owners_[static_cast<std::size_t>(partition)];
}

bool cluster_view::is_member(const uuid& id) const {
  return std::ranges::find(members_, id, &cluster_member::id) != members_.end();
}

}  // namespace blotter::hazelcast
