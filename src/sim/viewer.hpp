#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/context.hpp"
#include "sim/event_reader.hpp"
#include "sim/eyes.hpp"
#include "sim/front.hpp"
#include "sim/stream.hpp"

namespace blotter::sim {

/// A browser with one blotter open: opens the stream on some node, keeps what it is shown, comes back with
/// its bookmark when the stream ends or is silent for 2.5 beats, as the page does. Or, as the browser's
/// library does in direct mode: asks a gateway for the client's place before each connection, shows that node
/// the ticket, and opens the next stream before it drops this one when it is asked to move.
class viewer {
 public:
  enum class mode : bool { by_front, direct };
  viewer(context& all, oracle& log, const std::vector<front*>& fronts, std::uint32_t number,
         std::uint32_t client, mode how);

  /// Opens its page; nothing when it is open.
  void open();
  /// Closes it; or goes without a word.
  enum class leaving : bool { closed, vanished };
  void leave(leaving how);
  /// Its connection breaks and it comes back.
  void break_off();
  /// It lies about what it has: another client's bookmark, or no bookmark at all.
  void bring(std::string bookmark);
  /// The next ticket that it shows is not in order; `detail` says how.
  void show_bad_ticket(std::uint64_t detail) { bad_ticket_ = detail; }
  bool direct() const { return direct_; }
  /// Opens the next stream, and drops this one when that one speaks; as when its node leaves, the browser has
  /// come back to its network, or somebody looks at it again.
  void move();
  /// Keeps rows and bookmark for later; and comes back with them later.
  void save() { saved_.emplace(seen_); }
  void come_back_old();
  /// Has these rows and their bookmark, from elsewhere, and streams on from there.
  void go_on_from(const eyes& rows);
  /// Reads `bytes` each 100 ms; none for as fast as they come.
  void read_slowly(std::optional<std::size_t> bytes);

  // Told by its connection.
  void received(stream& from, std::string_view bytes);
  void ended(stream& from);
  void refused(stream& from);
  /// Each 100 ms.
  void watch();

  /// Current by its own account, and heard from lately: by when its last beat was said, too, as the browser's
  /// library judges it.
  bool believes_itself_current() const;
  bool wanted() const { return wanted_; }
  bool connected() const { return way_ && way_->viewer_listens(); }
  eyes& seen() { return seen_; }
  const eyes& seen() const { return seen_; }
  stream* way() const { return way_; }
  std::span<const std::unique_ptr<stream>> ways() const { return ways_; }
  std::uint32_t number() const { return number_; }
  /// Whether it, its way or its node was lately anything but well: then it has reason to be behind and not to
  /// know it yet.
  bool recently_troubled() const;
  /// How late the quickest hello or beat was: that much lateness it can not tell from a clock that differs.
  milliseconds lateness_unseen() const;
  /// Its node has been well for a moment only, and may not have told it yet.
  bool node_just_mended() const;
  /// How long it has heard nothing.
  milliseconds silence() const { return std::chrono::duration_cast<milliseconds>(all_.time.now() - heard_); }
  milliseconds silence_max() const { return milliseconds(all_.life.beat_s * 2500); }

 private:
  /// A stream that is tried while another one goes on.
  struct successor {
    std::uint32_t number = 0;
    std::string bookmark = {};
    instant since{};
    instant heard{};
    stream* way = nullptr;  ///< none: its place is asked for
    event_reader reader = {};
    std::vector<stream_event> said = {};  ///< before its hello
  };

  void hear(const stream_event& event, eyes::delivery how);
  void hear_time(const stream_event& event);
  void connect();
  void connect_later();
  void drop(leaving how);
  void lose();
  milliseconds patience() const;
  std::chrono::microseconds latency();
  stream* open_stream(front& at, front::request what);

  // Direct mode: viewer_direct.cpp.
  void ask_place(std::uint32_t attempt);
  void placed(std::uint32_t attempt, const front::place& what);
  stream* open_at(const front::place& where, std::string bookmark);
  std::string_view spoil_ticket(front::request& what, const front::place& where, std::uint64_t detail) const;
  void hear_successor(stream& from, std::string_view bytes);
  void give_up_successor(std::string_view why);
  void go_on_by_successor();
  void become_successor();
  void watch_moving();
  void check_goodbye(const stream_event& event);

  context& all_;
  const std::vector<front*>& fronts_;
  std::uint32_t number_;
  eyes seen_;
  std::optional<eyes> saved_;
  event_reader reader_;
  std::vector<stream_event> events_;
  std::vector<std::unique_ptr<stream>> ways_;  ///< all that there were: the other side may still hold one
  stream* way_ = nullptr;
  front* last_front_ = nullptr;
  std::string last_member_;
  std::uint32_t failures_ = 0;  ///< connections lost since it last was live
  std::uint32_t attempts_ = 0;
  std::uint32_t attempt_ = 0;  ///< the number of its newest, successors aside
  bool wanted_ = false;
  std::optional<std::string> brought_;
  std::optional<std::size_t> slow_;
  instant heard_{};
  instant beat_at_{};  ///< when the last beat, or hello, was said, by this viewer's clock
  std::optional<milliseconds> clock_differs_;  ///< least that one was seen to differ, by its node's clock
  instant troubled_at_{};
  // Direct mode.
  const bool direct_;
  bool asking_ = false;   ///< for its place: there is no connection yet
  std::string bookmark_;  ///< that it asks with
  std::optional<successor> next_;
  std::vector<stream_event> held_;  ///< what its stream says while a successor is asked
  std::optional<instant> move_at_;  ///< asks for a successor again
  std::optional<std::uint64_t> bad_ticket_;
  std::map<const stream*, std::string_view> lies_;  ///< what is wrong with the ticket shown
  milliseconds wish_{0};                            ///< of a gateway: not to be asked before
  std::optional<instant> live_since_;               ///< on this connection
  bool asked_to_move_ = false;                      ///< on this connection
};

}  // namespace blotter::sim
