#pragma once

#include <span>
#include <string>

#include "scenario/run.hpp"

namespace blotter::scenario {

/// A line of figures for each outcome of the story, with a head that names the columns.
std::string table_of(const story& told, std::span<const outcome> all);

/// A page of its own: an SVG picture of nodes, ages and unevenness over the story, a colour each outcome.
std::string plot_of(const story& told, std::span<const outcome> all);

}  // namespace blotter::scenario
