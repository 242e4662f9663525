#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"

namespace blotter::http {

enum class route_kind : std::uint8_t {
  resource,  ///< answered once; HEAD is served as GET without the body
  events,    ///< an event stream: overload is answered with 200, since all else ends an EventSource for good
};

struct route {
  std::string_view pattern;  ///< "/v1/clients/{client}/events": {} stands for one segment that is not empty
  unsigned id;               ///< what the application knows it by
  route_kind kind = route_kind::resource;
};

/// The paths that the application serves. Immutable: shared by all cores.
class routes {
 public:
  explicit routes(std::vector<route> table);

  /// The first route that matches `asked.path`, after setting `asked.route` and `asked.captures`; or none.
  const route* match(request& asked) const;

 private:
  struct entry {
    route what;
    std::vector<std::string> segments;  // "{}" captures
  };
  std::vector<entry> entries_;
};

}  // namespace blotter::http
