#pragma once

namespace blotter {

/// One callable of many, to visit a variant with: `std::visit(overloaded{[](a&) {…}, [](b&) {…}}, what)`.
template <class... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
overloaded(Handlers...)
    -> overloaded<Handlers...>;  // clang 16, which builds the fuzzers, does not find it itself

}  // namespace blotter
