#include "lines/dead_letter_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace blotter::lines {
namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648, section 4.
void append_base64(std::string& to, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < size ? static_cast<unsigned char>(bytes[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) to.push_back(i <= size ? digits[group >> (18 - 6 * i) & 63] : '=');
    bytes.remove_prefix(size);
  }
}

void append_part(std::string& to, std::string_view name, const std::optional<std::string_view>& bytes,
                 std::size_t size_max) {
  to.append(",\"").append(name).append("\":");
  if (!bytes) {
    to.append("null");
    return;
  }
  to.push_back('"');
  append_base64(to, bytes->substr(0, size_max));
  to.push_back('"');
}

}  // namespace

dead_letter_file::dead_letter_file(options limits)
    : limits_(std::move(limits)),
      file_(::open(limits_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)),
      allowance_(static_cast<double>(limits_.burst_max)) {
  struct stat found {};
  if (!file_ || ::fstat(file_.get(), &found) != 0)
    throw std::system_error(errno, std::generic_category(), "dead letter file " + limits_.path);
  size_ = static_cast<std::uint64_t>(found.st_size);
}

void dead_letter_file::put(const feed::raw_record& record, feed::reject_reason reason, instant now) {
  // Asked before the line is made: a flood of bad records must not cost an encoding each.
  const bool allowed = allow(line_size_bound(record), now);
  if (allowed) write_line(record, reason);
  if (!allowed || ::write(file_.get(), line_.data(), line_.size()) != static_cast<ssize_t>(line_.size())) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  size_ += line_.size();
  allowance_ -= static_cast<double>(line_.size());
  written_.fetch_add(1, std::memory_order_relaxed);
}

std::size_t dead_letter_file::line_size_bound(const feed::raw_record& record) const {
  constexpr std::size_t all_but_parts = 256;
  auto encoded = [this](const std::optional<std::string_view>& part) {
    return part ? (std::min(part->size(), limits_.part_size_max) + 2) / 3 * 4 : 0;
  };
  return all_but_parts + encoded(record.key) + encoded(record.value);
}

bool dead_letter_file::allow(std::size_t size, instant now) {
  if (now > refilled_) {
    const std::chrono::duration<double> passed = now - std::exchange(refilled_, now);
    allowance_ = std::min(allowance_ + passed.count() * static_cast<double>(limits_.rate_max),
                          static_cast<double>(limits_.burst_max));
  }
  return static_cast<double>(size) <= allowance_ && size_ + size <= limits_.size_max;
}

void dead_letter_file::write_line(const feed::raw_record& record, feed::reject_reason reason) {
  line_.assign("{\"time\":").append(std::to_string(record.time.time_since_epoch().count()));
  line_.append(",\"partition\":").append(std::to_string(record.partition));
  line_.append(",\"offset\":").append(std::to_string(record.offset));
  line_.append(",\"reason\":\"").append(feed::name_of(reason)).append("\"");
  append_part(line_, "key", record.key, limits_.part_size_max);
  append_part(line_, "value", record.value, limits_.part_size_max);
  line_.append(",\"value_size\":").append(std::to_string(record.value.value_or(std::string_view()).size()));
  line_.append("}\n");
}

}  // namespace blotter::lines
