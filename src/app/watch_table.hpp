#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "http/event_parser.hpp"
#include "table/checksum.hpp"
#include "table/position.hpp"

namespace blotter::app {

enum class watch_errc {
  malformed = 1,  ///< data is no JSON, or not what docs/protocol.md says of its event
  too_many_rows,  ///< more rows than a viewer keeps
};
error_code make_error_code(watch_errc code);

/// What a viewer has: the rows of one client as its stream told them, the bookmark that stands for them,
/// whether they are current, and the proof of that. Pure; the rules are those of docs/protocol.md.
class watch_table {
 public:
  static constexpr std::size_t rows_max = 4'000'000;

  struct row {
    table::position version;
    std::string json;  ///< the value, an object
  };
  using row_map = std::map<std::string, row, std::less<>>;

  enum class state : std::uint8_t {
    waiting,  ///< nothing to be relied on yet: not connected, or not all rows have come
    live,
    stale,  ///< rows may be behind; `reason` says why
  };
  /// Whether count and checksum of the server were those of the rows here, when they came last.
  enum class proof : std::uint8_t {
    none,  ///< none came yet
    verified,
    wrong,       ///< start over: these rows are not the server's
    impossible,  ///< the watch began at a bookmark, without the rows that it stands for
  };
  enum class outcome : std::uint8_t { nothing, rows, forgotten, proof, status, moving, bye };

  struct goodbye {
    std::int64_t code = 0;
    std::string reason;
    bool reconnect = true;
  };

  watch_table() = default;
  /// Begins at `bookmark`: only rows changed since will come, unless the server sends all.
  explicit watch_table(std::string bookmark);

  /// Takes an event, whole or not at all; after an error the stream and this table are of no more use
  /// together. Events and fields of names that are not known are ignored.
  result<outcome> apply(const http::stream_event& event);

  /// The stream is gone: until a new one says `live`, rows are stale for `reason`.
  void disconnected(std::string reason);
  /// Forgets rows and bookmark, so that the next stream sends everything.
  void start_over();

  const row_map& rows() const { return rows_; }
  const std::string& bookmark() const { return bookmark_; }
  state now() const { return state_; }
  const std::string& reason() const { return reason_; }  ///< of `stale`; of `waiting`, what for
  proof proven() const { return proof_; }
  /// Whether these are the server's rows of now: live, and what was proven is what is here.
  bool whole() const;
  std::string checksum() const;  ///< of the rows here, 16 hexadecimal digits
  const std::string& proven_checksum() const { return proven_checksum_; }  ///< what it was at the last proof
  const std::string& member() const { return member_; }
  milliseconds beat() const { return beat_; }
  std::uint64_t changes() const { return changes_; }  ///< rows put and deleted so far
  const goodbye& bye() const { return bye_; }         ///< of the last `bye`

 private:
  struct reader;

  void judge();
  void forget();
  void put(std::string_view key, table::position version, std::string_view json);
  void erase(std::string_view key);
  void prove(std::optional<std::uint64_t> count, std::optional<std::string_view> checksum);

  row_map rows_;
  table::checksum sum_;
  std::string bookmark_, member_, proven_checksum_, reason_ = "connecting", told_reason_;
  state state_ = state::waiting;
  proof proof_ = proof::none;
  bool partial_ = false;     ///< rows from before the first bookmark are missing
  bool caught_up_ = false;   ///< this stream said `live`
  bool told_stale_ = false;  ///< this stream said `stale`, and has not said otherwise
  milliseconds beat_{5'000};
  std::uint64_t changes_ = 0;
  goodbye bye_;
};

}  // namespace blotter::app

template <>
struct boost::system::is_error_code_enum<blotter::app::watch_errc> : std::true_type {};
