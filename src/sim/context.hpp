#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "sim/plan.hpp"
#include "sim/sabotage.hpp"
#include "sim/schedule.hpp"
#include "sim/situations.hpp"

namespace blotter::sim {

/// The promises that are checked; a failure names one of them.
enum class promise : std::uint8_t {
  convergence,   ///< 1: at rest the rows of a viewer are those of the log
  monotonic,     ///< 2: no row goes back
  deletes,       ///< 3: none lost, none undone
  isolation,     ///< 4: no byte of another client
  resume,        ///< 5: nothing is sent twice, but after a reset that says why
  freshness,     ///< 6: who may be behind is told so within 2 seconds
  proof,         ///< 7: count and checksum are those of what was sent
  bounded,       ///< 8: nothing grows without bound, nothing is left behind
  recovery,      ///< after faults end everything is current within the stated time
  protocol,      ///< the stream is what docs/protocol.md says
  authenticity,  ///< every row shown is a record of the log, with its version
  membership,    ///< who lives is not thrown out, and the directory's failure disturbs nobody
};
std::string_view name(promise which);

struct broken_promise {
  promise which{};
  std::string text;
};

/// What all parts of one life share. Chance comes in several streams, so that a life with one fault or viewer
/// less stays alike in the rest.
struct context {
  context(const plan& drawn, sabotage spoil)
      : life(drawn),
        spoiled(spoil, drawn.seed),
        network(drawn.seed ^ 0x6e6574u),
        viewers(drawn.seed ^ 0x76696577u),
        processes(drawn.seed ^ 0x70726f63u) {}

  const plan life;
  schedule time;
  saboteur spoiled;
  situations seen;
  random_source network, viewers, processes;
  std::uint32_t links = 0;   ///< connections between processes so far: none has the number of another
  bool undisturbed = false;  ///< nothing goes wrong in this life that a viewer might notice
  std::optional<broken_promise> failure;
  std::string* trace = nullptr;  ///< lines of what happens, where wanted
  std::uint64_t digest = 0;      ///< of everything that viewers were sent and when

  void fail(promise which, std::string text) {
    if (!failure) failure = broken_promise{which, std::move(text)};
  }
  /// A line of the trace; the parts are only put together when somebody reads it.
  template <class... Parts>
  void say(const Parts&... parts) {
    if (trace) line(std::string().append((text_of(parts) + ...)));
  }
  /// Mixes a number into the digest.
  void note(std::uint64_t number) {
    digest = (digest ^ number) * 0x9E3779B97F4A7C15u;
    digest ^= digest >> 29;
  }
  /// Milliseconds since the life began.
  double ms() const;

 private:
  static std::string text_of(std::string_view text) { return std::string(text); }
  static std::string text_of(const char* text) { return text; }
  static std::string text_of(std::uint64_t number) { return std::to_string(number); }
  void line(const std::string& text);
};

}  // namespace blotter::sim
