#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/ticket.hpp"
#include "base/check.hpp"
#include "base/fuzz_corpus.hpp"

// What somebody shows as a ticket, and what stands in a file of keys.

namespace {

/// Tickets signed with another key, a token of another kind, and a file of keys.
std::vector<std::string> seeds() {
  using namespace blotter;
  const auth::ticket_keys others = auth::ticket_keys::parse(std::string(40, 'a')).value();
  const std::string signed_one =
      others.sign({"c1 \xC3\xA9/\"", "n1", wall_time(std::chrono::hours(500'000))});
  const std::string unsigned_one =
      "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."
      "eyJpc3MiOiJibG90dGVyLXBsYWNlIiwic3ViIjoiYzEiLCJhdWQiOiJuMSIsImV4cCI6MTgwMDAwMDAwMH0.";
  return {signed_one, unsigned_one, "# keys\n " + std::string(40, 'k') + " \r\n\n" + std::string(32, 'x')};
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  blotter::fuzz::plant(*count, *arguments, seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace blotter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auth::ticket_keys keys = auth::ticket_keys::parse(std::string(40, 'k')).value();
  check(keys.read(text).has_error());  // nobody guesses a signature
  (void)auth::ticket_keys::parse(text);
  return 0;
}
