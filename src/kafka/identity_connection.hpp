#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "kafka/topic_identity.hpp"
#include "kafka/wake_signal.hpp"

namespace blotter::kafka {

/// A TCP connection of its own to any broker, in clear, for the one question librdkafka 2.0.2 cannot ask:
/// which incarnation of the topic is this (see `metadata_request`). Kept open between questions. One thread.
class identity_connection {
 public:
  /// Asks `brokers`, then those that the cluster has named since. `stop` ends every wait.
  identity_connection(std::vector<broker_address> brokers, const wake_signal& stop);
  ~identity_connection();
  identity_connection(const identity_connection&) = delete;
  identity_connection& operator=(const identity_connection&) = delete;

  /// The topic now, from the broker connected to, or else from the next one that takes a connection. Waits
  /// until `deadline` at most, besides resolving host names. Errors are of `errc`; after any the connection
  /// is closed.
  result<topic_identity> ask(std::string_view topic, instant deadline);

 private:
  result<topic_identity> ask_connected(std::string_view topic, instant deadline);
  error_code connect_to_any(instant deadline);
  error_code connect_to(const broker_address& broker, instant deadline);
  error_code wait_for(short events, instant deadline) const;
  error_code send(std::string_view bytes, instant deadline);
  result<std::string> receive(std::size_t size, instant deadline);
  void close();

  const std::vector<broker_address> first_;
  std::vector<broker_address> named_;
  const wake_signal& stop_;
  int socket_ = -1;
  std::size_t next_ = 0;  ///< which broker to try next
  std::int32_t correlation_ = 0;
};

}  // namespace blotter::kafka
