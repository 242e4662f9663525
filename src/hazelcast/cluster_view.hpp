#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hazelcast/answer.hpp"

namespace blotter::hazelcast {

/// What members have told of their cluster: who is in it, and who owns which partition.
class cluster_view {
 public:
  /// False when the member belongs to another cluster than the one that is known, or counts its partitions
  /// differently.
  bool fits(const authentication_answer& from) const;
  /// Begins anew with the cluster of that answer, when it is not the one that is known.
  void begin(const authentication_answer& from);
  /// Versions are told anew: another member speaks.
  void change_speaker() { version_ = 0; }

  /// True when that is news.
  bool apply(members_view view);
  /// Replaces the table before.
  void apply(const partition_owners& table);

  /// None while it is not known.
  std::optional<uuid> owner_of(std::int32_t partition) const;
  bool has_owners() const { return !owners_.empty(); }
  /// 0 before the first authentication.
  std::int32_t partition_count() const { return partition_count_; }
  /// Empty before the first view.
  const std::vector<cluster_member>& members() const { return members_; }
  bool is_member(const uuid& id) const;

 private:
  std::optional<uuid> cluster_;
  std::vector<cluster_member> members_;
  std::int32_t version_ = 0;
  std::int32_t partition_count_ = 0;
  std::vector<std::optional<uuid>> owners_;
};

}  // namespace blotter::hazelcast
