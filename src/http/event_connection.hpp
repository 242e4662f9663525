#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/shared_bytes.hpp"
#include "base/time.hpp"
#include "http/address_seats.hpp"
#include "net/edge_poller.hpp"

namespace blotter::http {

/// A viewer's connection on its core. Never given twice, so that one that is gone is recognized.
enum class viewer : std::uint64_t { none = 0 };
/// A small number that no other open viewer of its core has: to index tables with.
inline std::uint32_t index_of(viewer which) {
  return static_cast<std::uint32_t>(which);
}

/// Why a connection ended that we did not end.
enum class close_reason : std::uint8_t {
  left = 1,     ///< the peer closed or reset it
  dead = 2,     ///< the kernel gave it up: nothing was acknowledged for 30 s, or the network failed
  chatter = 3,  ///< the peer sent more than 4 KiB into a stream that only we write
};
std::string_view to_string(close_reason why);

enum class sent : std::uint8_t {
  taken,  ///< every byte is written, or will be: the rest is kept
  full,   ///< not a byte is taken, since a rest is kept; `writable` will be called
  gone,   ///< the connection is at its end; `closed` will be called, unless it was by its handle's owner
};

/// Who sends events. Called on its core, never from within a call into `event_connections`.
class event_connection_owner {
 public:
  /// After a rest or a refusal: everything kept has been written and more can be sent.
  virtual void writable(viewer which) = 0;
  /// It is no more. Called once, and not after a `close` or `abort` of the owner's.
  virtual void closed(viewer which, close_reason why) = 0;

 protected:
  ~event_connection_owner() = default;
};

/// The event streams of one core. A viewer that waits costs one record of 40 bytes: no coroutine, no buffer,
/// no timer. There is no queue: what the kernel does not take at once is one rest per viewer, and while there
/// is one nothing more is taken.
class event_connections final : private net::edge_poller::client {
 public:
  /// `open_in_process` counts the viewers of all cores, `addresses` those of each address, if given; both
  /// outlive this.
  event_connections(boost::asio::io_context& loop, std::atomic<std::size_t>& open_in_process,
                    address_seats* addresses = nullptr);
  /// Closes all without a word.
  ~event_connections();

  /// Before the first `open`; outlives the loop.
  void set_owner(event_connection_owner& owner) { owner_ = &owner; }

  /// Takes over a connected non-blocking socket. `head` goes out with the first `send`, or alone when the
  /// loop turns. `viewer::none` when the kernel will not watch the socket; it is closed then.
  /// `taken` is given back when the stream has ended.
  [[nodiscard]] viewer open(int fd, shared_bytes head,
                            address_seats::place taken = address_seats::place::none);

  /// One event of this viewer's own: copied only where the kernel does not take all of it.
  sent send(viewer to, std::string_view bytes);
  /// One event for many viewers: held, not copied, where the kernel does not take all of it.
  sent send(viewer to, const shared_bytes& bytes);
  /// `pieces` (at most 62), then `last`, in one system call; only pieces are ever copied.
  sent send(viewer to, std::span<const std::string_view> pieces, const shared_bytes& last = {});

  /// Since when bytes that were taken, or a refused event, wait for the kernel; nothing when none do. What
  /// has waited for too long is the owner's to `abort`.
  std::optional<instant> pending_since(viewer which) const;

  /// Ends the stream after what was taken has been written; that, and then the peer's leave, may take 2 s
  /// each.
  void close(viewer which);
  /// Ends it now with a reset: what was not yet sent is lost, and the kernel keeps none of it.
  void abort(viewer which);

  /// Takes over a socket that has been written to for the last time: closed when the peer has taken leave, or
  /// after 2 s. Closing it at once would let bytes that the peer still sends destroy the answer under way to
  /// it.
  void linger(int fd);
  /// Ends what has been closing or lingering for long enough. To be called by a tick.
  void sweep(instant now);

  std::size_t size() const { return open_; }  ///< viewers
  std::size_t lingering() const { return lingering_count_; }

 private:
  enum class state : std::uint8_t { vacant, open, closing, lingering };
  struct record {
    shared_bytes rest;          ///< kept from `offset` on
    std::int64_t since_ns = 0;  ///< open: pending since; closing and lingering: until when; 0: neither
    int fd = -1;
    std::uint32_t generation = 1;
    std::uint32_t offset = 0;
    std::uint32_t chatter = 0;  ///< bytes the peer has sent
    address_seats::place taken = address_seats::place::none;
    state is = state::vacant;
    bool fresh = false;    ///< `rest` is the head, which has not been tried yet
    bool refused = false;  ///< the owner waits for `writable`
    close_reason why = close_reason::left;
    bool failed = false;  ///< `closed` is to be called when the loop turns
  };
  static constexpr std::size_t chunk_size = 128;

  void ready(std::uint64_t tag, std::uint32_t events) override;
  record* find(viewer which) const;
  record& at(std::uint32_t index) const { return chunks_[index / chunk_size][index % chunk_size]; }
  viewer occupy(int fd, state is);
  void release(viewer which, record& held);
  sent after_write(viewer to, record& held, std::int64_t written);
  sent refuse(record& held);
  sent send_with_head(viewer to, record& held, std::span<const std::string_view> pieces,
                      const shared_bytes& last);
  void keep(record& held, std::span<const std::string_view> pieces, const shared_bytes& last,
            std::size_t written);
  void fail(viewer which, record& held, int error);
  void write_rest(viewer which, record& held);
  bool drain_input(viewer which, record& held);
  void await_end(viewer which, record& held, state is);
  void uncount(record& held);
  void turn_soon();
  void turn();

  boost::asio::io_context& loop_;
  std::atomic<std::size_t>& open_in_process_;
  address_seats* const addresses_;
  event_connection_owner* owner_ = nullptr;
  std::vector<std::unique_ptr<record[]>> chunks_;
  std::vector<std::uint32_t> vacant_;
  std::vector<viewer> to_turn_;  // fresh heads to send, failures to tell
  std::vector<viewer> ending_;   // closing and lingering, in order of their time
  std::size_t open_ = 0;
  std::size_t lingering_count_ = 0;
  bool turning_ = false;
  net::edge_poller poller_;
};

}  // namespace blotter::http
