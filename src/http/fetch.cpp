#include "http/fetch.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstring>
#include <memory>
#include <utility>

#include "http/client.hpp"

namespace blotter::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

constexpr std::uint32_t head_size_max = 16 * 1024;

/// Kept by what is under way: connect, write, read, one after the other, beside the deadline.
class fetching : public std::enable_shared_from_this<fetching> {
 public:
  fetching(asio::io_context& loop, fetch_limits limits, std::function<void(result<fetched>)> done)
      : socket_(loop), deadline_(loop), limits_(limits), done_(std::move(done)) {
    answer_.header_limit(head_size_max);
    answer_.body_limit(limits.body_size_max);
  }

  void start(const net::endpoint& at, const std::string& target) {
    question_.version(11);
    question_.method(beast::http::verb::get);
    question_.target(target);
    question_.set(beast::http::field::host, at.to_string());
    question_.set(beast::http::field::connection, "close");
    deadline_.expires_after(limits_.deadline);
    deadline_.async_wait([self = shared_from_this()](error_code cancelled) {
      if (!cancelled) self->end(client_errc::no_answer);
    });
    tcp::endpoint to;
    std::memcpy(to.data(), at.data(), at.size());
    to.resize(at.size());
    socket_.async_connect(to, [self = shared_from_this()](error_code failed) {
      if (failed) return self->end(failed);
      self->ask();
    });
  }

 private:
  void ask() {
    beast::http::async_write(socket_, question_, [self = shared_from_this()](error_code failed, std::size_t) {
      if (failed) return self->end(failed);
      self->read();
    });
  }

  void read() {
    beast::http::async_read(
        socket_, buffer_, answer_, [self = shared_from_this()](error_code failed, std::size_t) {
          if (failed) return self->end(failed);
          self->end(fetched{self->answer_.get().result_int(), std::move(self->answer_.get().body())});
        });
  }

  void end(result<fetched> how) {
    if (!done_) return;
    deadline_.cancel();
    error_code ignored;
    socket_.close(ignored);
    std::exchange(done_, nullptr)(std::move(how));
  }

  tcp::socket socket_;
  asio::steady_timer deadline_;
  const fetch_limits limits_;
  std::function<void(result<fetched>)> done_;
  beast::http::request<beast::http::empty_body> question_;
  beast::http::response_parser<beast::http::string_body> answer_;
  beast::flat_buffer buffer_;
};

}  // namespace

void fetch(asio::io_context& loop, const net::endpoint& at, const std::string& target, fetch_limits limits,
           std::function<void(result<fetched>)> done) {
  std::make_shared<fetching>(loop, limits, std::move(done))->start(at, target);
}

}  // namespace blotter::http
