#include "link/hello.hpp"

namespace blotter::link {

const char* name_of(role which) {
  switch (which) {
    case role::router:
      return "router";
    case role::node:
      return "node";
    case role::gateway:
      return "gateway";
    case role::autoscaler:
      return "autoscaler";
  }
  return "unknown role";
}

}  // namespace blotter::link
