#pragma once

#include "http/request.hpp"
#include "http/responder.hpp"

namespace blotter::http {

/// What the application does with requests. One a core, on which everything is called; requests whose path no
/// route matches never come here.
class service {
 public:
  virtual ~service() = default;
  /// Which core must serve this request, because what it asks for lives there; this core's own index to serve
  /// here.
  virtual unsigned owner(const request& asked) = 0;
  /// On the owner's core. May answer now, or later on this core.
  virtual void serve(request asked, responder answer) = 0;
};

}  // namespace blotter::http
