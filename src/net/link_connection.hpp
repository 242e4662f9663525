#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>

#include "base/time.hpp"
#include "link/session.hpp"
#include "net/link_stream.hpp"

namespace blotter::net {

/// A link's number on its core, never used twice there, and never `none`.
enum class link_id : std::uint32_t { none = 0 };

/// One connection and its session: reads as bytes come, writes what waits, one write at a time. Made and kept
/// by a `link_hub`; lives a little longer than the hub knows it, until its last word is out. On its core
/// alone.
template <class Sends, class Hears>
class link_connection final : public std::enable_shared_from_this<link_connection<Sends, Hears>>,
                              link::session<Sends, Hears>::ear {
 public:
  using session = link::session<Sends, Hears>;

  /// Who is told of what happens. Never from within `send` and `end`.
  class keeper {
   public:
    virtual void up(link_id which, const link::hello& peer) = 0;
    virtual void received(link_id which, Hears&& message) = 0;
    /// All that came at once has been handed over.
    virtual void received_all(link_id which) = 0;
    /// It has ended: the last call.
    virtual void over(link_id which) = 0;

   protected:
    ~keeper() = default;
  };

  link_connection(boost::asio::io_context& loop, link_id number, std::unique_ptr<link_stream> stream,
                  link::session_options options, keeper& told);

  /// TLS where there is TLS, hello, and so on.
  void start();
  void send(const Sends& message);
  void end(error_code why);
  void tick(instant now);
  /// Nobody is told of anything any more; the socket closes at once.
  void abandon();

  const session& state() const { return session_; }
  /// After `over`: whether the socket is closed. Until then it writes its last word.
  bool closed() const { return closed_; }

 private:
  void up(const link::hello& peer) override;
  void received(Hears&& message) override;

  void read();
  void was_read(error_code failed, std::size_t bytes);
  void write();
  void was_written(error_code failed, std::size_t bytes);
  /// Once for all that is sent in one go.
  void write_soon();
  void tell_if_over();
  void broke(error_code why);
  void close();

  boost::asio::io_context& loop_;
  const link_id number_;
  std::unique_ptr<link_stream> stream_;
  session session_;
  keeper* told_;
  bool streaming_ = false;  ///< TLS has shaken hands
  bool writing_ = false;
  bool write_due_ = false;
  bool over_ = false;
  bool finished_ = false;  ///< the last word is out
  bool closed_ = false;
};

extern template class link_connection<link::to_node, link::to_router>;
extern template class link_connection<link::to_router, link::to_node>;
extern template class link_connection<link::to_serving_node, link::to_gateway>;
extern template class link_connection<link::to_gateway, link::to_serving_node>;

}  // namespace blotter::net
