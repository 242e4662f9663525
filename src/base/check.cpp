#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace blotter {

void check_failed(std::source_location where) noexcept {
  std::fprintf(stderr, "blotter: check failed at %s:%u in %s; this is a defect, please report it\n",
               where.file_name(), where.line(), where.function_name());
  std::abort();
}

}  // namespace blotter
