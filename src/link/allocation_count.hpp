#pragma once

namespace blotter::link {

/// For tests: bytes asked of `new` in this program since it was set to 0; nobody counts while it is negative.
extern thread_local long bytes_allocated;

}  // namespace blotter::link
