#pragma once

#include <functional>
#include <map>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "hazelcast/frame.hpp"
#include "hazelcast/request.hpp"
#include "hazelcast/wires.hpp"

namespace blotter::hazelcast {

/// Whether a call may be made again when nobody knows if it ran.
enum class repeat : std::uint8_t { no, yes };

/// Gets the answer, borrowed until it returns; or why there is none.
using answer_handler = std::function<void(result<message>, instant now)>;

struct pending_call {
  request what;
  repeat may;
  answer_handler then;
  instant deadline;
  wire_id on = 0;     ///< where it is under way
  wire_id bound = 0;  ///< not 0: of use to this connection alone
  unsigned attempts = 0;
  instant again{};  ///< while it waits to be made again
};

/// The calls of a client: under way, by correlation id, and those that wait to be made again. Bounded by who
/// adds.
class call_table {
 public:
  std::size_t size() const { return under_way_.size() + waiting_.size(); }

  /// The id under which it goes out.
  std::int64_t add(pending_call what);
  /// Takes out the call of that id, if it is under way on that connection.
  std::optional<pending_call> take(std::int64_t correlation, wire_id on);
  void wait(pending_call what) { waiting_.push_back(std::move(what)); }

  // Take out:
  std::vector<pending_call> overdue(instant now);
  std::vector<pending_call> due_again(instant now);
  std::vector<pending_call> of(wire_id lost);
  void clear();

  /// Time stood still for us: nobody is late for it.
  void forgive(instant::duration gap);

 private:
  template <class Which>
  std::vector<pending_call> extract(Which which);

  std::map<std::int64_t, pending_call> under_way_;
  std::vector<pending_call> waiting_;
  std::int64_t last_id_ = 0;
};

}  // namespace blotter::hazelcast
