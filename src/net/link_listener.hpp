#pragma once

#include <cstdint>

#include "net/endpoint.hpp"
#include "net/link_hub.hpp"
#include "net/listener.hpp"

namespace blotter::net {

/// Takes the links that others begin, for a core that is called: a router's by nodes, a node's by gateways.
class link_listener {
 public:
  /// Opens the port, 0 for any that is free; `setting` names the flag that says which. Throws as
  /// `open_listening_sockets`. `links` outlives it.
  link_listener(link_beginner& links, const endpoint& at, const char* setting);

  void start() { accept_.start(); }
  /// Takes no more; links that there are stay.
  void close() { accept_.close(); }
  /// With the port found.
  const endpoint& at() const { return options_.at; }

 private:
  accept_more take(int fd, const endpoint& peer);

  link_beginner& links_;
  listen_options options_;
  listener accept_;
};

}  // namespace blotter::net
