#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "sim/host.hpp"

namespace blotter::sim {

class stream;

/// A process that browsers connect to: a node, or a gateway.
class front : public host {
 public:
  using host::host;

  struct request {
    std::string client;
    std::string bookmark;  ///< empty: none
    std::chrono::seconds beat{5};
    std::string ticket = {};  ///< of who connects by a gateway's word
  };
  /// What a gateway says of where a client's viewers may connect themselves.
  struct place {
    enum class answer : std::uint8_t {
      given,
      refused,  ///< no node takes the client now
      lost,     ///< the connection ended
    };
    answer what = answer::lost;
    front* node = nullptr;
    std::string member = {};
    std::string ticket = {};
  };
  /// A viewer's request arrived over `from`.
  virtual void accept(stream& from, request what) = 0;
  virtual void writable(stream& from) = 0;
  virtual void closed(stream& from) = 0;
  /// Asks where this client's viewers may connect themselves. `to` is told once, or never.
  using place_hook = std::function<void(const place&)>;
  virtual void ask_place(std::string, place_hook to) { to({}); }
  /// By whose clock the member of this name tells the time.
  virtual const host& clock_of(const std::string&) const { return *this; }
};

}  // namespace blotter::sim
