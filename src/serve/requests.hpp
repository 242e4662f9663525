#pragma once

#include "http/routes.hpp"

namespace blotter::serve {

/// What a request asks for; the numbers of its routes.
enum class asked_for : unsigned { events, rows, clients, cluster, healthz, readyz, metrics, favicon };

/// The HTTP surface of docs/protocol.md.
http::routes surface();

}  // namespace blotter::serve
