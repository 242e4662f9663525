#include "http/client.hpp"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <optional>

#include "base/check.hpp"

namespace blotter::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

constexpr std::uint32_t head_size_max = 64 * 1024;

class client_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "http client"; }
  std::string message(int code) const override {
    switch (static_cast<client_errc>(code)) {
      case client_errc::bad_url:
        return "must be http://HOST[:PORT][/PATH]";
      case client_errc::bad_header:
        return "a header of the request holds a control character";
      case client_errc::no_answer:
        return "no answer in time";
      case client_errc::ended:
        return "the answer has ended";
    }
    return "unknown";
  }
};

bool is_letter_or_digit(char c) {
  const char lower = static_cast<char>(c | 32);
  return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

bool is_visible(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7F) return false;
  }
  return true;
}

bool has_control(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) return true;
  }
  return false;
}

bool is_host(std::string_view host, bool bracketed) {
  for (const char c : host) {
    const bool fine =
        is_letter_or_digit(c) || c == '.' || (bracketed ? c == ':' || c == '%' : c == '-' || c == '_');
    if (!fine) return false;
  }
  return !host.empty() && host.size() <= 253;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

}  // namespace

error_code make_error_code(client_errc code) {
  static const client_category category;
  return {static_cast<int>(code), category};
}

std::string client_url::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  const std::string name = v6 ? '[' + host + ']' : host;
  return port == 80 ? name : name + ':' + std::to_string(port);
}

result<client_url> parse_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (lower(text.substr(0, scheme.size())) != scheme || !is_visible(text)) return client_errc::bad_url;
  text.remove_prefix(scheme.size());
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, end);
  const std::string_view target = text.substr(end);
  if (target.find('#') != std::string_view::npos) return client_errc::bad_url;

  client_url url;
  const bool bracketed = authority.starts_with('[');
  const std::size_t host_end =
      bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) return client_errc::bad_url;
  url.host = authority.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  authority.remove_prefix(host_end + (bracketed ? 1 : 0));
  if (!is_host(url.host, bracketed)) return client_errc::bad_url;
  if (!authority.empty()) {
    const char* const last = authority.data() + authority.size();
    const auto [stop, failed] = std::from_chars(authority.data() + 1, last, url.port);
    if (authority.front() != ':' || failed != std::errc() || stop != last || url.port == 0)
      return client_errc::bad_url;
  }
  if (!target.empty()) url.target = (target.front() == '/' ? "" : "/") + std::string(target);
  return url;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

std::string_view client_head::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

/// One operation of Asio is under way at a time, besides the deadline's timer. Lives behind a pointer, so
/// that they can refer to it.
class client::connection {
 public:
  explicit connection(client_request request) : request_(std::move(request)), loop_(1) {
    for (const auto& [name, value] : request_.headers) {
      if (has_control(name) || has_control(value)) failed_ = client_errc::bad_header;
    }
    answer_.body_limit(boost::none);
    answer_.header_limit(head_size_max);
  }

  const client_head* head() const { return head_ ? &*head_ : nullptr; }

  result<std::string_view> read(milliseconds wait) {
    body_size_ = 0;
    if (failed_) return failed_;
    if (!started_) start();
    if (head_ && !reading_) read_body();
    const auto until = std::chrono::steady_clock::now() + wait;
    const bool had_head = head_.has_value();
    loop_.restart();
    while (body_size_ == 0 && !failed_ && head_.has_value() == had_head && loop_.run_one_until(until) > 0) {
    }
    if (body_size_ > 0) return std::string_view(body_.data(), body_size_);
    if (failed_) return failed_;
    return std::string_view();
  }

 private:
  void start() {
    started_ = true;
    deadline_.expires_after(request_.deadline);
    deadline_.async_wait([this](error_code failed) {
      if (failed || head_) return;
      fail(client_errc::no_answer);
      resolver_.cancel();
      error_code ignored;
      socket_.close(ignored);
    });
    resolver_.async_resolve(request_.url.host, std::to_string(request_.url.port),
                            [this](error_code failed, const tcp::resolver::results_type& found) {
                              if (!fail(failed)) connect(found);
                            });
  }

  void connect(const tcp::resolver::results_type& found) {
    asio::async_connect(socket_, found, [this](error_code failed, const tcp::endpoint&) {
      if (!fail(failed)) send();
    });
  }

  void send() {
    question_.version(11);
    question_.method(beast::http::verb::get);
    question_.target(request_.url.target);
    question_.set(beast::http::field::host, request_.url.authority());
    question_.set(beast::http::field::user_agent, "blotter");
    for (const auto& [name, value] : request_.headers) question_.set(name, value);
    beast::http::async_write(socket_, question_, [this](error_code failed, std::size_t) {
      if (!fail(failed)) read_head();
    });
  }

  void read_head() {
    beast::http::async_read_header(socket_, buffer_, answer_, [this](error_code failed, std::size_t) {
      if (fail(failed)) return;
      deadline_.cancel();
      client_head& head = head_.emplace();
      head.status = answer_.get().result_int();
      for (const auto& field : answer_.get())
        head.headers.emplace_back(lower(field.name_string()), field.value());
      read_body();
    });
  }

  void read_body() {
    if (answer_.is_done()) return void(fail(client_errc::ended));
    reading_ = true;
    answer_.get().body().data = body_.data();
    answer_.get().body().size = body_.size();
    beast::http::async_read_some(socket_, buffer_, answer_, [this](error_code failed, std::size_t) {
      reading_ = false;
      body_size_ = body_.size() - answer_.get().body().size;
      if (failed == beast::http::error::need_buffer) failed = {};  // the body filled what it was given
      if (!fail(failed) && body_size_ == 0) read_body();
    });
  }

  /// True if this was, or anything before it has been, an error: then nothing goes on.
  bool fail(error_code failed) {
    if (failed && !failed_) failed_ = failed;
    return bool(failed_);
  }

  client_request request_;
  asio::io_context loop_;
  tcp::resolver resolver_{loop_};
  tcp::socket socket_{loop_};
  asio::steady_timer deadline_{loop_};
  beast::http::request<beast::http::empty_body> question_;
  beast::http::response_parser<beast::http::buffer_body> answer_;
  beast::flat_buffer buffer_{2 * head_size_max};
  std::array<char, 16 * 1024> body_;
  std::size_t body_size_ = 0;
  std::optional<client_head> head_;
  error_code failed_;
  bool started_ = false;
  bool reading_ = false;
};

client::client(client_request request) : connection_(std::make_unique<connection>(std::move(request))) {}
client::~client() = default;
client::client(client&&) noexcept = default;
client& client::operator=(client&&) noexcept = default;

const client_head* client::head() const {
  return connection_->head();
}

result<std::string_view> client::read(milliseconds wait) {
  check(wait.count() >= 0);
  return connection_->read(wait);
}

}  // namespace blotter::http
