#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <memory>

#include "hazelcast/client.hpp"
#include "hazelcast/wires.hpp"

namespace blotter::hazelcast {

/// A client's connections over TCP, on one loop. Destroyed on the loop's thread or after it has stopped.
class asio_wires final : public wires {
 public:
  /// Not yet sent to one member: beyond that its connection is given up, as it does not read.
  static constexpr std::size_t unsent_max = 4u << 20;

  explicit asio_wires(boost::asio::io_context& loop) : loop_(loop) {}
  ~asio_wires() override;

  /// Whom it tells; before the first dial. Outlives this.
  void attach(client& who) { client_ = &who; }

  void dial(wire_id which, const address& where) override;
  void send(wire_id which, std::string bytes) override;
  void hang_up(wire_id which) override;

 private:
  class connection;
  void lost(wire_id which, error_code why);

  boost::asio::io_context& loop_;
  client* client_ = nullptr;
  std::map<wire_id, std::shared_ptr<connection>> connections_;
};

}  // namespace blotter::hazelcast
