#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.hpp"

namespace blotter::serve {

/// Runs the file `program` as `command`, a name and arguments, in a session of its own: it lives on when this
/// process ends, and hears no signal of its terminal. It has no stdin; stdout and stderr are appended to the
/// file `log`. It is a child as long as this process lives, to be waited for. Gives its pid.
result<pid_t> start_lasting(const std::string& program, std::vector<std::string> command,
                            const std::string& log);

/// When that process began, in the kernel's ticks since the machine did (proc(5), stat); 0 where there is
/// none, or one that has ended and was not waited for. The pid alone may be another's by now.
unsigned long long began_at(pid_t pid);

}  // namespace blotter::serve
