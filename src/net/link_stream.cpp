#include "net/link_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/ssl/verify_mode.hpp>
#include <stdexcept>
#include <utility>

namespace blotter::net {

namespace ssl = boost::asio::ssl;

namespace {

/// Pieces of one write.
constexpr std::size_t pieces_max = 16;
/// Bytes that the kernel holds unsent before it takes no more: what waits with us is still counted as
/// waiting.
constexpr int notsent_size_max = 256 * 1024;
constexpr int dead_peer_ms = 3'000;

/// Some of the pieces as Asio has them: cheap to copy, which Asio does.
class buffer_list {
 public:
  using value_type = boost::asio::const_buffer;
  using const_iterator = const value_type*;

  explicit buffer_list(std::span<const std::span<const char>> pieces)
      : size_(std::min(pieces.size(), pieces_max)) {
    for (std::size_t i = 0; i < size_; ++i) all_[i] = {pieces[i].data(), pieces[i].size()};
  }
  const_iterator begin() const { return all_.data(); }
  const_iterator end() const { return all_.data() + size_; }

 private:
  std::array<value_type, pieces_max> all_;
  std::size_t size_;
};

class plain_stream final : public link_stream {
 public:
  explicit plain_stream(link_socket socket) : socket_(std::move(socket)) {}

  void handshake(done then) override {
    boost::asio::post(socket_.get_executor(), [then = std::move(then)] { then({}, 0); });
  }
  void read(std::span<char> to, done then) override {
    socket_.async_read_some(boost::asio::buffer(to.data(), to.size()), std::move(then));
  }
  void write(std::span<const std::span<const char>> pieces, done then) override {
    socket_.async_write_some(buffer_list(pieces), std::move(then));
  }
  void finish() override {
    error_code ignored;
    socket_.shutdown(link_socket::shutdown_send, ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  link_socket socket_;
};

/// A link's frames say how long they are, so an end without TLS's own goodbye cuts nothing off unseen: it is
/// how the end of a process looks.
error_code plain_end(error_code failed) {
  if (failed == ssl::error::stream_truncated) return boost::asio::error::eof;
  return failed;
}

class tls_stream final : public link_stream {
 public:
  tls_stream(link_socket socket, link_tls& tls, calling end)
      : stream_(std::move(socket), tls.context()),
        side_(end == calling::yes ? ssl::stream_base::client : ssl::stream_base::server) {}

  void handshake(done then) override {
    stream_.async_handshake(side_, [then = std::move(then)](error_code failed) { then(failed, 0); });
  }
  void read(std::span<char> to, done then) override {
    stream_.async_read_some(
        boost::asio::buffer(to.data(), to.size()),
        [then = std::move(then)](error_code failed, std::size_t bytes) { then(plain_end(failed), bytes); });
  }
  void write(std::span<const std::span<const char>> pieces, done then) override {
    stream_.async_write_some(boost::asio::buffer(pieces[0].data(), pieces[0].size()), std::move(then));
  }
  void finish() override {
    error_code ignored;
    stream_.next_layer().shutdown(link_socket::shutdown_send, ignored);
  }
  void close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  ssl::stream<link_socket> stream_;
  ssl::stream_base::handshake_type side_;
};

void must(error_code failed, const char* what, const std::string& file) {
  if (failed)
    throw std::runtime_error(std::string(what) + " '" + file + "' cannot be used: " + failed.message());
}

void set(link_socket& socket, int level, int name, int value) {
  // Of a connection that has ended meanwhile nothing can be set: its next read says so.
  (void)::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
}

}  // namespace

link_tls::link_tls(const link_tls_files& files) : context_(ssl::context::tls) {
  error_code failed;
  context_.load_verify_file(files.authority, failed);
  must(failed, "the certificate of the authority", files.authority);
  context_.use_certificate_chain_file(files.certificate, failed);
  must(failed, "the certificate", files.certificate);
  context_.use_private_key_file(files.key, ssl::context::pem, failed);
  must(failed, "the key of the certificate", files.key);
  context_.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  // Both ends are ours: nothing older is needed. Links last, so nothing is kept for resuming one.
  SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_3_VERSION);
  SSL_CTX_set_num_tickets(context_.native_handle(), 0);
}

std::unique_ptr<link_stream> make_link_stream(link_socket socket, link_tls* tls, calling end) {
  if (tls) return std::make_unique<tls_stream>(std::move(socket), *tls, end);
  return std::make_unique<plain_stream>(std::move(socket));
}

void set_link_options(link_socket& socket) {
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, notsent_size_max);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, dead_peer_ms);
  // Where nothing is under way a probe after 2 s finds a peer that is gone.
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, 2);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, 2);
}

std::string sentence_of(error_code error) {
  const bool tls = error.category() == boost::asio::error::get_ssl_category() ||
                   error.category() == ssl::error::get_stream_category();
  if (!tls) return error.message();
  return "TLS failed (" + error.message() +
         "): give both ends certificates of the cluster's own authority, or neither any";
}

}  // namespace blotter::net
