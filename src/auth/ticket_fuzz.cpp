#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/ticket.hpp"
#include "base/check.hpp"

// What somebody shows as a ticket, and what stands in a file of keys.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace blotter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auth::ticket_keys keys = auth::ticket_keys::parse(std::string(40, 'k')).value();
  check(keys.read(text).has_error());  // nobody guesses a signature
  (void)auth::ticket_keys::parse(text);
  return 0;
}
