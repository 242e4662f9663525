#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "sim/plan.hpp"
#include "table/position.hpp"

namespace blotter::sim {

/// One record of the simulated topic. `number` counts over the whole life and stands in the record's value,
/// so that whoever sees a row knows of which record it is.
struct record {
  std::uint64_t number = 0;
  std::uint32_t client = 0;
  std::uint32_t key = 0;
  table::position at;
  instant appended{};
  bool deleted = false;
  bool malformed = false;
  std::optional<instant> cleaned;  ///< of a delete: when compaction took what it deletes
};

/// The names and values that records carry.
std::string client_name(std::uint32_t client);
std::string key_name(std::uint32_t key, bool odd);
std::string value_text(const record& one, std::uint32_t padding);

/// Who reads along what happens to the log: the oracle.
class log_reader {
 public:
  virtual ~log_reader() = default;
  virtual void appended(const record& one) = 0;
  /// The topic is another one now and holds these records, in order of their numbers.
  virtual void began(const std::vector<record>& all) = 0;
  /// From here on some offset has no record: what stood there may have been a delete.
  virtual void gapped() = 0;
};

/// A Kafka topic as its readers see it: partitions with offsets that grow, compaction that leaves gaps, and
/// incarnations. A key's records lie in one partition, until partitions are added.
class topic {
 public:
  topic(const plan& life, log_reader& reader);

  void append(std::uint32_t client, std::uint32_t key, bool deleted, bool malformed, instant now);
  /// Takes away what was overwritten, and deletes for which it did so more than the retention ago: as Kafka
  /// does, never a row and its delete at once.
  void compact(instant now);
  /// The first half of each partition goes; readers must take it for another topic.
  void truncate(instant now);
  void recreate(std::uint32_t partitions, instant now);
  void add_partitions(std::uint32_t more, instant now);

  struct partition {
    std::vector<record> records;  ///< by offset
    table::record_offset end = 0;
  };
  const std::vector<partition>& partitions() const { return partitions_; }
  table::generation generation() const { return generation_; }
  std::uint32_t incarnation() const { return incarnation_; }
  instant began_at() const { return began_at_; }

 private:
  void begin_incarnation(instant now);

  log_reader& reader_;
  random_source random_;
  milliseconds retention_;
  bool markers_;
  std::vector<partition> partitions_;
  table::generation generation_{};
  std::uint32_t incarnation_ = 0;
  std::uint64_t next_number_ = 0;
  instant began_at_{};
};

}  // namespace blotter::sim
