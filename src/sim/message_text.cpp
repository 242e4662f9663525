#include "sim/message_text.hpp"

#include <array>

namespace blotter::sim {

namespace {

std::string text(link::subscription_id id) {
  const auto number = static_cast<std::uint64_t>(id);
  return std::to_string(number >> 32) + "/" + std::to_string(number & 0xFFFFFFFF);
}

std::string text(table::position at) {
  return std::to_string(at.partition) + "," + std::to_string(at.offset);
}

std::string list(const std::vector<table::partition_id>& partitions) {
  std::string all;
  for (const table::partition_id each : partitions) all.append(" ").append(std::to_string(each));
  return all;
}

struct to_text {
  std::string operator()(const link::feed_began& what) const {
    return "feed began, " + std::to_string(what.partitions) + " partitions";
  }
  std::string operator()(const link::subscription_began& what) const {
    return "subscription " + text(what.id) +
           (what.how == link::subscription_began::resumed::yes ? " resumed" : " began anew");
  }
  std::string operator()(const link::rows& what) const {
    std::string all = "rows";
    for (const link::row& each : what.all) {
      all.append(" ")
          .append(text(each.id))
          .append(":")
          .append(each.content.key())
          .append("@")
          .append(text(each.at));
      if (each.kind == table::change_kind::erase) all.append("(deleted)");
    }
    return all;
  }
  std::string operator()(const link::subscription_caught_up& what) const {
    return "subscription " + text(what.id) + " has caught up";
  }
  std::string operator()(const link::progress& what) const {
    std::string all = "progress";
    for (const auto& each : what.partitions) {
      all.append(" ").append(text({each.partition, each.complete}));
      if (each.horizon > 0) all.append(" horizon ").append(std::to_string(each.horizon));
    }
    return all;
  }
  std::string operator()(const link::feed_status& what) const {
    constexpr std::array states{"loading", "current", "lost"};
    return std::string("feed ") + states[static_cast<std::size_t>(what.now)];
  }
  std::string operator()(const link::serving& what) const { return "serving" + list(what.partitions); }
  std::string operator()(const link::wanted& what) const {
    return "wanted" + list(what.partitions) + " past " + what.reached.text();
  }
  std::string operator()(const link::heartbeat& what) const {
    return "heartbeat " + std::to_string(what.number);
  }
  std::string operator()(const link::subscribe& what) const {
    return "subscribe " + text(what.id) + " " + what.client + " " + what.have.text();
  }
  std::string operator()(const link::unsubscribe& what) const { return "unsubscribe " + text(what.id); }
  std::string operator()(const link::taken& what) const {
    return "taken " + std::to_string(what.bytes_total);
  }
};

}  // namespace

std::string message_text(const link::to_node& message) {
  return std::visit(to_text{}, message);
}

std::string message_text(const link::to_router& message) {
  return std::visit(to_text{}, message);
}

}  // namespace blotter::sim
