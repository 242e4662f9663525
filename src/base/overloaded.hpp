#pragma once

namespace blotter {

/// One callable of many, to visit a variant with: `std::visit(overloaded{[](a&) {…}, [](b&) {…}}, what)`.
template <class... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace blotter
