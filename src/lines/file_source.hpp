#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "feed/event.hpp"
#include "feed/line_pump.hpp"
#include "feed/record.hpp"
#include "feed/reject_ledger.hpp"
#include "lines/source_thread.hpp"
#include "lines/watched_file.hpp"

namespace blotter::lines {

struct file_options {
  std::string path;
  feed::record_mapping mapping;
  /// How often the file is looked at where the kernel gives no notice of changes. Notices make it much
  /// faster.
  milliseconds look_period{250};
  /// Whether to ask the kernel for notices at all.
  file_notices notices = file_notices::yes;
  /// A file that is missing for less is being rotated, and nothing to worry viewers with.
  milliseconds lost_after{100};
};

/// Lines of a file, followed as it grows and over its rotation, like `tail -F`; partition 0, offsets in
/// bytes. A thread of its own from `start` to `stop`.
///
/// The generation comes from what a growing file keeps (device, inode, time of birth, first line), so that it
/// is the same over a restart of the process. A file that was replaced or truncated has another; one that was
/// truncated while we read and begins with the same line as before gets a random one. A file without a
/// complete first line has a generation of its own, and begins another with that line.
/// Not noticed: a file that was rewritten in place, no shorter and with the same first line, while no process
/// was reading; or between two looks, if the last bytes read stand where they stood as well.
class file_source {
 public:
  /// `rejects` and `to` outlive the source.
  file_source(file_options options, feed::reject_ledger& rejects, feed::outlet& to);

  void start();
  void stop() { thread_.stop(); }
  const feed::line_pump& pump() const { return pump_; }

 private:
  void run();
  bool look();
  bool missing(instant now);
  bool begin(const file_state& state, std::string reason);
  bool read_all();
  bool at_end();
  bool progress(instant now, std::string waiting_for);
  std::string head();
  std::string tail();
  table::generation next_generation(const file_identity& identity);
  milliseconds pause(instant now) const;

  file_options options_;
  feed::outlet& to_;
  feed::line_pump pump_;
  watched_file file_;
  std::unique_ptr<char[]> buffer_;
  file_identity identity_;
  std::string head_;  // the first line as far as it tells files apart
  std::string tail_;  // the last bytes read, by which a file that was written anew is known
  std::vector<table::generation> generations_;  // begun by this process, the last 1024
  std::uint64_t read_ = 0;                      // bytes of the file
  std::optional<std::uint64_t> load_end_;       // its size when the generation began, until that is read
  std::optional<instant> missing_since_;
  bool lost_ = false;
  instant progress_at_;
  std::string waited_for_;
  source_thread thread_;
};

}  // namespace blotter::lines
