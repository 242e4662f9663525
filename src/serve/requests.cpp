#include "serve/requests.hpp"

namespace blotter::serve {

http::routes surface() {
  const auto id = [](asked_for what) { return static_cast<unsigned>(what); };
  return http::routes({{"/v1/clients/{client}/events", id(asked_for::events), http::route_kind::events},
                       {"/v1/clients/{client}/rows", id(asked_for::rows), http::route_kind::resource},
                       {"/v1/clients", id(asked_for::clients), http::route_kind::resource},
                       {"/v1/cluster", id(asked_for::cluster), http::route_kind::resource},
                       {"/healthz", id(asked_for::healthz), http::route_kind::resource},
                       {"/readyz", id(asked_for::readyz), http::route_kind::resource},
                       {"/metrics", id(asked_for::metrics), http::route_kind::resource},
                       {"/favicon.ico", id(asked_for::favicon), http::route_kind::resource}});
}

}  // namespace blotter::serve
