#include "feed/reject_ledger.hpp"

#include <string>
#include <utility>

namespace blotter::feed {

std::uint64_t reject_counters::total() const {
  std::uint64_t sum = 0;
  for (const auto& count : counts_) sum += count.load(std::memory_order_relaxed);
  return sum;
}

std::optional<std::uint64_t> reject_sampler::sample(reject_reason reason, instant now) {
  history& past = by_reason_[static_cast<std::size_t>(reason)];
  if (++past.seen > limits_.first && now - past.logged < limits_.period) {
    ++past.silent;
    return std::nullopt;
  }
  past.logged = now;
  return std::exchange(past.silent, 0);
}

reject_ledger::reject_ledger(dead_letter* letters, log_hook log, reject_sampler::options sampling)
    : letters_(letters), log_(std::move(log)), sampler_(sampling) {}

void reject_ledger::note(const raw_record& record, reject_reason reason, instant now) {
  counters_.add(reason);
  if (letters_) letters_->put(record, reason, now);
  if (!log_) return;
  const auto silent = sampler_.sample(reason, now);
  if (!silent) return;
  std::string line = "record refused: partition " + std::to_string(record.partition) + " offset " +
                     std::to_string(record.offset) + ": " + std::string(name_of(reason)) + ": " +
                     std::string(sentence_of(reason));
  if (*silent > 0) line += " (" + std::to_string(*silent) + " more of this kind since the last line)";
  log_(line);
}

}  // namespace blotter::feed
