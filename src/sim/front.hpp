#pragma once

#include <chrono>
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
  };
  /// A viewer's request arrived over `from`.
  virtual void accept(stream& from, request what) = 0;
  virtual void writable(stream& from) = 0;
  virtual void closed(stream& from) = 0;
  /// By whose clock the member of this name tells the time.
  virtual const host& clock_of(const std::string&) const { return *this; }
};

}  // namespace blotter::sim
