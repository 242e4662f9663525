#pragma once

#include <functional>
#include <string_view>

#include "app/watch_table.hpp"

/// What `blotter watch --once` writes: the table of one moment, whole. Pure; in pieces, so that neither a
/// table of millions of rows nor a row of a megabyte is there twice.
namespace blotter::app {

using text_sink = std::function<void(std::string_view)>;

/// The rows in the order of their keys, aligned under the names of their fields, and a last line of what they
/// are: state, number, checksum, member. No escape sequences. Cells are cut at 60 letters.
void write_table(const watch_table& table, const text_sink& write);

/// The same as one JSON object with a line for each row: `{"client":…,"rows":[…]}`; values as they came.
void write_document(const watch_table& table, std::string_view client, const text_sink& write);

}  // namespace blotter::app
