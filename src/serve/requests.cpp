#include "serve/requests.hpp"

#include <utility>
#include <vector>

namespace blotter::serve {

namespace {

unsigned id(asked_for what) {
  return static_cast<unsigned>(what);
}

std::vector<http::route> of_any() {
  return {{"/v1/cluster", id(asked_for::cluster), http::route_kind::resource},
          {"/healthz", id(asked_for::healthz), http::route_kind::resource},
          {"/readyz", id(asked_for::readyz), http::route_kind::resource},
          {"/metrics", id(asked_for::metrics), http::route_kind::resource}};
}

std::vector<http::route> common() {
  std::vector<http::route> all = of_any();
  all.push_back({"/v1/clients", id(asked_for::clients), http::route_kind::resource});
  return all;
}

std::vector<http::route> of_clients() {
  std::vector<http::route> all = common();
  all.push_back({"/v1/clients/{client}/events", id(asked_for::events), http::route_kind::events});
  all.push_back({"/v1/clients/{client}/rows", id(asked_for::rows), http::route_kind::resource});
  all.push_back({"/favicon.ico", id(asked_for::favicon), http::route_kind::resource});
  return all;
}

}  // namespace

bool is_about_one_client(const http::request& asked) {
  return asked.route == id(asked_for::events) || asked.route == id(asked_for::rows) ||
         asked.route == id(asked_for::place);
}

http::routes surface() {
  return http::routes(of_clients());
}

http::routes gateway_surface() {
  std::vector<http::route> all = of_clients();
  all.push_back({"/v1/clients/{client}/place", id(asked_for::place), http::route_kind::resource});
  return http::routes(std::move(all));
}

http::routes router_surface() {
  return http::routes(common());
}

http::routes autoscaler_surface() {
  return http::routes(of_any());
}

}  // namespace blotter::serve
