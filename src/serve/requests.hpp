#pragma once

#include "http/routes.hpp"

namespace blotter::serve {

/// What a request asks for; the numbers of its routes.
enum class asked_for : unsigned { events, rows, place, clients, cluster, healthz, readyz, metrics, favicon };

/// Whether it asks for the rows of one client, once or for as long as it looks, or where they are: what
/// `authorize` decides of.
bool is_about_one_client(const http::request& asked);

/// The HTTP surface of docs/protocol.md.
http::routes surface();
/// The same with the place of a client: of a gateway.
http::routes gateway_surface();
/// Of a router: what is no one client's.
http::routes router_surface();
/// Of an autoscaler, which knows no clients.
http::routes autoscaler_surface();

}  // namespace blotter::serve
