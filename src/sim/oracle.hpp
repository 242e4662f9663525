#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/context.hpp"
#include "sim/topic.hpp"

namespace blotter::sim {

class eyes;

/// Knows every record of the log and what follows from it for a viewer: the other half of the checks in
/// `eyes`. Written from the words of the invariants; shares nothing with the product.
class oracle final : public log_reader {
 public:
  explicit oracle(context& all);

  // log_reader
  void appended(const record& one) override;
  void began(const std::vector<record>& all) override;
  void gapped() override { gapped_ = true; }

  /// Whether a reset for this reason can be right, told to a viewer that has what it says: never without
  /// what it speaks of.
  bool justifies_reset(std::string_view reason) const;

  /// A record by its number, null for none.
  const record* numbered(std::int64_t number) const;
  /// The number of the record that deletes this row at this position; -1 for none. A position may have been
  /// given in several incarnations: then the first that is not older than `since`, what the viewer had.
  std::int64_t delete_at(table::position at, std::uint32_t client, std::uint32_t key,
                         std::int64_t since) const;
  /// Whether several incarnations had a delete at this position: which one is told is not to be seen.
  bool deleted_in_several(table::position at) const;
  /// Its number, or one beyond all.
  std::size_t key_named(std::string_view key) const;

  /// Since when the log has had something that this viewer has not been shown; none when it has it all.
  std::optional<instant> missing_since(eyes& of) const;
  /// Adds to its gap when what it misses is older than a second; looked at every so often.
  void measure_gap(eyes& of, milliseconds since_last_look) const;
  /// A viewer that takes itself for current misses nothing that is older than `fresh_within` and `besides`.
  void check_fresh(eyes& of, std::string_view when, milliseconds besides = milliseconds(0)) const;
  /// Its rows are the last values of the log: the difference, empty for none.
  std::string difference(const eyes& of, promise& which) const;

  /// Two seconds to be told, and a moment for the way.
  static constexpr milliseconds fresh_within{2000};
  /// Until then nobody is held to freshness: a process that moves is caught up with itself only then.
  void excuse_until(instant end) { excused_until_ = std::max(excused_until_, end); }
  static milliseconds way_of(const plan& life);
  milliseconds way() const { return way_of(all_.life); }

 private:
  context& all_;
  std::vector<record> records_;                        ///< by number
  std::vector<std::vector<std::uint64_t>> by_client_;  ///< numbers, in this incarnation
  std::vector<std::vector<std::int64_t>> last_;        ///< by client and key; -1 for none
  std::vector<std::vector<std::int64_t>> last_delete_;
  std::map<std::pair<table::partition_id, table::record_offset>, std::vector<std::uint64_t>> deletes_;
  std::map<std::string, std::size_t, std::less<>> keys_;
  std::uint32_t incarnation_ = 0;
  std::uint64_t deleted_ = 0;  ///< records that delete
  bool gapped_ = false;
  instant began_at_{};
  instant excused_until_{};
};

}  // namespace blotter::sim
