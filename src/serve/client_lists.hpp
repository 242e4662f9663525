#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "http/request.hpp"
#include "http/responder.hpp"
#include "serve/cluster_home.hpp"
#include "serve/kept_answers.hpp"

namespace blotter::serve {

/// A page of clients put together from pages of routers, each of which knows those of its partitions alone.
class client_union {
 public:
  explicit client_union(std::size_t limit) : limit_(limit) {}

  /// Takes in a router's page for the same question, `{"clients":[…],"more":…}`. False when it is none.
  [[nodiscard]] bool add(std::string_view json);
  /// The first of all of them in byte order, in the same form.
  std::string json() const;

 private:
  const std::size_t limit_;
  std::set<std::string, std::less<>> clients_;
  bool more_ = false;
};

/// `GET /v1/clients` of a node or gateway, which knows only the clients that it has viewers of: it asks every
/// router that the directory knows, and answers as soon as those that have answered have every partition. On
/// any core.
class client_lists {
 public:
  /// `home`, which lives on `home_core`, and both outlive this.
  client_lists(net::core& home_core, cluster_home& home) : home_core_(home_core), home_(home) {}

  void serve(kept_answers& on, const http::request& asked, http::responder answer);

 private:
  net::core& home_core_;
  cluster_home& home_;
};

}  // namespace blotter::serve
