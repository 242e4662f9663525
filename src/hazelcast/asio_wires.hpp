#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "hazelcast/client.hpp"
#include "hazelcast/wires.hpp"

namespace blotter::hazelcast {

/// TLS to members that have it, or to tunnels before those that have none. Their names are always checked.
struct tls_options {
  std::string authority = {};    ///< PEM file of who vouches for members; empty: those that the system trusts
  std::string certificate = {};  ///< PEM file of ours, for members that want one; empty: none
  std::string key = {};          ///< of that certificate; given with it
};

/// A client's connections over TCP, on one loop. Destroyed on the loop's thread or after it has stopped.
class asio_wires final : public wires {
 public:
  /// Not yet sent to one member: beyond that its connection is given up, as it does not read.
  static constexpr std::size_t unsent_max = 4u << 20;

  /// `tls` none: in the clear. Throws std::runtime_error with a sentence for people when a file of `tls`
  /// cannot be read or does not fit.
  asio_wires(boost::asio::io_context& loop, const std::optional<tls_options>& tls);
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
  std::optional<boost::asio::ssl::context> tls_;
  client* client_ = nullptr;
  std::map<wire_id, std::shared_ptr<connection>> connections_;
};

}  // namespace blotter::hazelcast
