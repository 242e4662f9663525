#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/context.hpp"
#include "sim/event_reader.hpp"
#include "table/position.hpp"

namespace blotter::sim {

class oracle;

/// What one viewer has been shown, and the checks that can be made of that alone with the log at hand. Knows
/// events and records, nothing of tables or cursors.
class eyes {
 public:
  eyes(context& all, oracle& log, std::uint32_t client);

  /// A connection begins; with a bookmark or not, for a beat of so many seconds.
  void opened(bool bookmark, std::chrono::seconds beat);
  /// `late`: the event may have been under way for long.
  enum class delivery : bool { prompt, late };
  void see(const stream_event& event, delivery how);
  /// Instead of a stream, the answer to one question for rows.
  void see_answer(const std::string& json, delivery how);
  /// No gateway carries its streams: each connection is one stream.
  void connects_itself() { itself_ = true; }
  /// Its connection has ended.
  void closed() { live_ = false; }
  /// Its rows are not those that its bookmark stands for: what it is shown proves little until a reset.
  void lie() { honest_ = false; }
  /// Has the rows and the bookmark that it had then.
  void come_back_as(const eyes& then);
  /// It has lost its rows and its bookmark.
  void forget_all();

  /// Told that its rows are complete and current, and by its own account it has no reason to doubt it.
  bool believes_itself_current() const { return live_ && told_current_; }
  bool live() const { return live_; }
  bool told_current() const { return told_current_; }
  bool honest() const { return honest_; }
  bool said_hello() const { return hello_; }
  const std::string& id() const { return id_; }
  std::uint32_t client() const { return client_; }
  const std::string& bye() const { return bye_; }
  /// How long it was without something that the log had for over a second, live or not.
  milliseconds gap() const { return gap_; }
  std::uint64_t resets() const { return resets_; }

 private:
  friend class oracle;
  static constexpr std::uint32_t never_covered = 0xFFFFFFFF;
  struct seen_row {
    std::int64_t number = -1;  ///< of the record; -1: never seen
    table::position at;
    bool deleted = false;
    std::uint32_t event = 0;
    std::uint32_t connection = 0;
  };

  void hello(const stream_event& event);
  void carried_on();
  void reset(const stream_event& event);
  void rows(const stream_event& event);
  void row(const told_row& told);
  std::int64_t record_of(const told_row& told, std::size_t key);
  void check_order(const told_row& told, const seen_row& old, std::int64_t number);
  void status(const stream_event& event);
  void live(const stream_event& event);
  void beat(const stream_event& event);
  void moving(const stream_event& event);
  void prove(const stream_event& event);
  void forget_rows();
  void broken(promise which, std::string text);

  context& all_;
  oracle& log_;
  std::uint32_t client_;
  std::vector<seen_row> rows_;  ///< by key
  std::string id_;
  std::string bye_;
  std::string reset_awaited_;
  bool opened_with_bookmark_ = false;
  bool id_came_ = false;  ///< on this connection
  std::int64_t beat_s_ = 5;
  bool itself_ = false;
  bool hello_ = false;
  bool live_ = false;
  bool told_current_ = true;
  bool honest_ = true;
  bool prompt_ = true;
  std::uint32_t event_ = 0;
  std::uint32_t id_event_ = 0;  ///< rows up to this event are those that the id stands for
  std::uint32_t connection_ = 0;
  std::uint64_t resets_ = 0;
  // How far its rows are known to have followed the log: see `oracle::missing_since`.
  std::size_t followed_ = 0;
  std::uint32_t followed_incarnation_ = 0;
  milliseconds gap_{0};
  bool was_live_ = false;
  bool from_elsewhere_ = false;  ///< its rows and bookmark are another's; until it is live with them
};

}  // namespace blotter::sim
