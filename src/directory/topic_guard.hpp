#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "directory/member.hpp"

namespace blotter::directory {

/// The topic that a process takes for its cluster's, and which routers are not of it. A directory is of one
/// topic: rows of another would be shown as if they were these, and partitions left to routers that do not
/// read them. So routers of another topic are as if they were not there.
///
/// A router's topic is its own. Any other process takes that of the routers that it sees: of most of them,
/// and of as many the first by name, so that processes that see the same begin with the same. It is kept
/// while a router of it is there, unless all of those may be records of dead ones and routers of another
/// topic are seen to live; and for good once one was linked, for its rows may have been shown: when none is
/// left then, nothing is better than rows of another topic.
///
/// A router that names no topic, as earlier versions do, is taken for one of ours. Pure; a value of the
/// directory's core; bounded by members.
class topic_guard {
 public:
  /// `own` of a router, empty for any other process.
  explicit topic_guard(std::string own) : topic_(std::move(own)), for_good_(!topic_.empty()) {}

  /// Those of `all`, who are there now, that are not routers of another topic, in their order.
  std::vector<member> keep(std::vector<member> all);
  /// There is a link to this router.
  void linked(const member& router);
  /// Empty until it is known.
  const std::string& topic() const { return topic_; }

  /// A router of another topic.
  struct stranger {
    std::string id;
    std::string topic;

    friend bool operator==(const stranger&, const stranger&) = default;
  };
  /// Of those last given to `keep`.
  const std::vector<stranger>& set_aside() const { return set_aside_; }

 private:
  struct trace {
    std::uint64_t report = 0;  ///< number of the last one
    bool lives = false;        ///< it came or reported since routers were first seen
  };
  void follow(const std::vector<member>& all);
  void choose(const std::vector<member>& all);
  bool is_stranger(const member& who) const { return !who.topic.empty() && who.topic != topic_; }

  std::string topic_;
  bool for_good_;
  std::map<member_id, trace> routers_;  ///< those that name a topic, while it is not kept for good
  std::vector<stranger> set_aside_;
};

}  // namespace blotter::directory
