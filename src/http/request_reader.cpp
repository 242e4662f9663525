#include "http/request_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <utility>

#include "base/result.hpp"

namespace blotter::http {
namespace {

namespace beast_http = boost::beast::http;

const problem url_too_long{414, "The path and its query are too long."};

}  // namespace

struct request_reader::parser {
  beast_http::request_parser<beast_http::empty_body> head;
};

request_reader::request_reader(std::size_t head_size_max, std::size_t url_size_max)
    : head_size_max_(head_size_max), url_size_max_(url_size_max) {}
request_reader::~request_reader() = default;

request_reader::step request_reader::refuse(problem why) {
  refusal_ = std::move(why);
  parser_.reset();
  return step::refused;
}

problem request_reader::refusal_of(error_code why) const {
  if (why == beast_http::error::header_limit) {
    if (parser_->head.get().target().empty()) return url_too_long;  // the first line is what does not end
    return {431, "The header lines are too long."};
  }
  if (why == beast_http::error::bad_version) return {505, "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
  return {400, "This is not a request of HTTP/1.1: " + why.message() + "."};
}

request_reader::step request_reader::read(std::string_view bytes, std::size_t& used) {
  if (!parser_) {
    parser_ = std::make_unique<parser>();
    parser_->head.header_limit(static_cast<std::uint32_t>(head_size_max_));
  }
  error_code failed;
  used = parser_->head.put(boost::asio::buffer(bytes.data(), bytes.size()), failed);
  if (failed && failed != beast_http::error::need_more) return refuse(refusal_of(failed));
  if (parser_->head.is_header_done()) return finish();
  // Beast counts a line against its limit only when it is whole; one that never ends must not get by.
  if (bytes.size() - used > head_size_max_) return refuse(refusal_of(beast_http::error::header_limit));
  return step::more;
}

request_reader::step request_reader::finish() {
  const auto& head = parser_->head.get();
  if (head.target().size() > url_size_max_) return refuse(url_too_long);
  read_ = {};
  switch (head.method()) {
    case beast_http::verb::get:
      read_.verb = method::get;
      break;
    case beast_http::verb::head:
      read_.verb = method::head;
      break;
    case beast_http::verb::options:
      read_.verb = method::options;
      break;
    default:
      return refuse({405, "Only GET, HEAD and OPTIONS are served here.", {{"Allow", "GET, HEAD, OPTIONS"}}});
  }
  if (parser_->head.chunked() || parser_->head.content_length().value_or(0) > 0) {
    return refuse({413, "Requests have no body here."});
  }
  if (head.version() >= 11 && head.count(beast_http::field::host) != 1) {
    return refuse({400, "A request of HTTP/1.1 names its host, once."});
  }
  if (head.target() == "*" && read_.verb == method::options) {
    read_.target = "*";
  } else if (auto sound = read_target(head.target(), read_); !sound) {
    return refuse(sound.error());
  }
  read_.keep_alive = head.keep_alive();
  for (const auto& line : head)
    read_.headers.push_back({std::string(line.name_string()), std::string(line.value())});
  parser_.reset();
  return step::done;
}

request request_reader::take() {
  return std::exchange(read_, {});
}

}  // namespace blotter::http
