#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"

namespace blotter::net {

using link_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Files of a member, PEM: all three or none.
struct link_tls_files {
  std::string certificate;  ///< of this member, with what lies between it and the authority
  std::string key;          ///< of the certificate
  std::string authority;    ///< of the cluster's own: whoever it vouches for may link
};

/// TLS 1.3 with certificates at both ends, for all links of a process. Any core may use it.
class link_tls {
 public:
  /// Throws std::runtime_error with a sentence for people when a file cannot be read or does not fit.
  explicit link_tls(const link_tls_files& files);
  boost::asio::ssl::context& context() { return context_; }

 private:
  boost::asio::ssl::context context_;
};

enum class calling : bool { no, yes };

/// A connection's bytes, in the clear or in TLS. At most one read and one write are under way; what they were
/// given stays in place until they are done. Handlers never run within the call. On its core alone.
class link_stream {
 public:
  using done = std::function<void(error_code, std::size_t)>;

  virtual ~link_stream() = default;
  /// First of all: TLS's own handshake, if there is one.
  virtual void handshake(done then) = 0;
  virtual void read(std::span<char> to, done then) = 0;
  /// Writes some of the first pieces.
  virtual void write(std::span<const std::span<const char>> pieces, done then) = 0;
  /// Nothing will be written any more: the peer may read what there is and then sees the end.
  virtual void finish() = 0;
  /// What is under way ends with an error.
  virtual void close() = 0;
};

/// Takes over a connected socket. `tls` is none for a connection in the clear, else outlives the stream.
std::unique_ptr<link_stream> make_link_stream(link_socket socket, link_tls* tls, calling end);

/// Sets up a connected socket for a link: every message is sent at once; a peer that is gone, or takes
/// nothing, is known in 3 s (by default Linux waits some 15 minutes).
void set_link_options(link_socket& socket);

/// A sentence for an error of a connection: says that it was TLS that failed, and what to do.
std::string sentence_of(error_code error);

}  // namespace blotter::net
