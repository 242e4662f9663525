#include "hazelcast/asio_wires.hpp"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <utility>

#include "base/check.hpp"
#include "hazelcast/errc.hpp"

namespace blotter::hazelcast {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
namespace ssl = asio::ssl;

instant now() {
  return instant::clock::now();
}

void need(error_code failed, const std::string& what, const std::string& file) {
  if (failed) throw std::runtime_error(what + " " + file + ": " + failed.message());
}

ssl::context make_context(const tls_options& from) {
  ssl::context out(ssl::context::tls_client);
  out.set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  out.set_verify_mode(ssl::verify_peer);
  error_code failed;
  if (from.authority.empty())
    out.set_default_verify_paths(failed);
  else
    out.load_verify_file(from.authority, failed);
  need(failed, "cannot use the authority for the directory's TLS", from.authority);
  if (from.certificate.empty()) return out;
  out.use_certificate_chain_file(from.certificate, failed);
  need(failed, "cannot use the certificate for the directory's TLS", from.certificate);
  out.use_private_key_file(from.key, ssl::context::pem, failed);
  need(failed, "cannot use the key for the directory's TLS", from.key);
  return out;
}

}  // namespace

/// One socket. Its handlers share it, so that it outlives its place among the others until they have run;
/// once closed it tells nobody anything.
class asio_wires::connection : public std::enable_shared_from_this<connection> {
 public:
  connection(asio_wires& owner, wire_id id)
      : owner_(&owner), id_(id), resolver_(owner.loop_), socket_(owner.loop_) {
    if (owner.tls_) tls_.emplace(socket_, *owner.tls_);
  }

  void dial(const address& where) {
    if (tls_) tls_->set_verify_callback(ssl::host_name_verification(where.host));
    if (tls_) SSL_set_tlsext_host_name(tls_->native_handle(), where.host.c_str());
    resolver_.async_resolve(
        where.host, std::to_string(where.port),
        [self = shared_from_this()](error_code failed, const tcp::resolver::results_type& found) {
          if (!self->over(failed)) self->connect(found);
        });
  }

  void send(std::string bytes) {
    if (bytes.size() > unsent_max - unsent_.size()) {
      // Not told from within a call of the client's.
      asio::post(socket_.get_executor(), [self = shared_from_this()] { self->over(errc::silent); });
      return;
    }
    unsent_ += bytes;
    if (!writing_) write();
  }

  void close() {
    owner_ = nullptr;
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void connect(const tcp::resolver::results_type& found) {
    asio::async_connect(socket_, found, [self = shared_from_this()](error_code failed, const tcp::endpoint&) {
      if (self->over(failed)) return;
      error_code ignored;
      self->socket_.set_option(tcp::no_delay(true), ignored);
      self->shake_hands();
    });
  }

  void shake_hands() {
    if (!tls_) return begin();
    tls_->async_handshake(ssl::stream_base::client, [self = shared_from_this()](error_code failed) {
      if (!self->over(failed)) self->begin();
    });
  }

  void begin() {
    read();
    owner_->client_->connected(id_, now());
  }

  void read() {
    auto came = [self = shared_from_this()](error_code failed, std::size_t size) {
      if (self->over(failed)) return;
      self->owner_->client_->received(self->id_, std::string_view(self->read_.data(), size), now());
      if (self->owner_) self->read();
    };
    tls_ ? tls_->async_read_some(asio::buffer(read_), came)
         : socket_.async_read_some(asio::buffer(read_), came);
  }

  void write() {
    writing_ = true;
    sending_.swap(unsent_);
    unsent_.clear();
    auto went = [self = shared_from_this()](error_code failed, std::size_t) {
      self->writing_ = false;
      if (!self->over(failed) && !self->unsent_.empty()) self->write();
    };
    tls_ ? asio::async_write(*tls_, asio::buffer(sending_), went)
         : asio::async_write(socket_, asio::buffer(sending_), went);
  }

  /// True when there is nothing more to do: closed before, or now, for that reason.
  bool over(error_code failed) {
    if (!owner_) return true;
    if (!failed) return false;
    owner_->lost(id_, failed);
    return true;
  }

  asio_wires* owner_;  // null once closed
  const wire_id id_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  std::optional<ssl::stream<tcp::socket&>> tls_;
  std::array<char, 16 * 1024> read_;
  std::string unsent_;
  std::string sending_;
  bool writing_ = false;
};

asio_wires::asio_wires(asio::io_context& loop, const std::optional<tls_options>& tls) : loop_(loop) {
  if (tls) tls_.emplace(make_context(*tls));
}

asio_wires::~asio_wires() {
  for (const auto& [id, each] : connections_) each->close();
}

void asio_wires::dial(wire_id which, const address& where) {
  check(client_ != nullptr);
  const auto made = std::make_shared<connection>(*this, which);
  connections_.emplace(which, made);
  made->dial(where);
}

void asio_wires::send(wire_id which, std::string bytes) {
  const auto found = connections_.find(which);
  if (found != connections_.end()) found->second->send(std::move(bytes));
}

void asio_wires::hang_up(wire_id which) {
  const auto found = connections_.find(which);
  if (found == connections_.end()) return;
  found->second->close();
  connections_.erase(found);
}

void asio_wires::lost(wire_id which, error_code why) {
  hang_up(which);
  client_->lost(which, why, now());
}

}  // namespace blotter::hazelcast
