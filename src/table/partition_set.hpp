#pragma once

#include "base/partition_set.hpp"

namespace blotter::table {

using blotter::partition_set;

}  // namespace blotter::table
