#include "net/link_connector.hpp"

#include <boost/asio/error.hpp>
#include <cstring>
#include <utility>

#include "base/log.hpp"

namespace blotter::net {

namespace {

boost::asio::ip::tcp::endpoint address_of(const endpoint& at) {
  boost::asio::ip::tcp::endpoint made;
  std::memcpy(made.data(), at.data(), at.size());
  made.resize(at.size());
  return made;
}

}  // namespace

struct link_connector::state : std::enable_shared_from_this<state> {
  state(link_beginner& all, link_target to, redial_options with)
      : links(all),
        target(std::move(to)),
        options(with),
        chance(with.seed),
        rule(with.waits),
        timer(all.loop()),
        socket(all.loop().get_executor()) {}

  void dial();
  void connected(error_code failed);
  void begin();
  void dial_later(const std::string& why);

  link_beginner& links;
  const link_target target;
  const redial_options options;
  random_source chance;
  link::redial rule;
  boost::asio::steady_timer timer;
  link_socket socket;
  link_id link = link_id::none;
  std::uint64_t tries = 0;
  std::string last_failure;
  bool stopped = false;
};

void link_connector::state::dial() {
  ++tries;
  error_code ignored;
  socket.close(ignored);
  timer.expires_after(options.connect_max);
  timer.async_wait([self = shared_from_this()](error_code cancelled) {
    error_code unused;
    if (!cancelled) self->socket.close(unused);  // the connect then fails
  });
  socket.async_connect(address_of(target.at),
                       [self = shared_from_this()](error_code failed) { self->connected(failed); });
}

void link_connector::state::connected(error_code failed) {
  timer.cancel();
  if (stopped) return;
  if (!failed && !socket.is_open()) failed = boost::asio::error::operation_aborted;  // in the same turn
  if (failed == boost::asio::error::operation_aborted) return dial_later("no connection in time");
  if (failed) return dial_later(failed.message());
  begin();
}

void link_connector::state::begin() {
  const auto ended = [weak = weak_from_this()](const link::ending& why, bool worked) {
    const auto self = weak.lock();
    if (!self) return;
    self->link = link_id::none;
    if (self->stopped) return;
    if (worked) self->rule.succeeded();
    self->dial_later(why.text);
  };
  link =
      links.add(std::exchange(socket, link_socket(links.loop().get_executor())),
                {.end = calling::yes, .peer = target.at.to_string(), .member = target.member, .then = ended});
  if (link == link_id::none) dial_later("too many links");
}

void link_connector::state::dial_later(const std::string& why) {
  last_failure = why;
  static log::sample often(5);
  const milliseconds wait = rule.next(chance);
  often.info("link", "will be tried again",
             {{"member", target.member}, {"peer", target.at.to_string()}, {"why", why}, {"in_ms", wait}});
  timer.expires_after(wait);
  timer.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled && !self->stopped) self->dial();
  });
}

link_connector::link_connector(link_beginner& links, link_target target, redial_options options)
    : state_(std::make_shared<state>(links, std::move(target), options)) {}

link_connector::~link_connector() {
  stop();
}

void link_connector::start() {
  if (state_->tries == 0 && !state_->stopped) state_->dial();
}

void link_connector::stop() {
  state_->stopped = true;
  state_->timer.cancel();
  error_code ignored;
  state_->socket.close(ignored);
}

const link_target& link_connector::target() const {
  return state_->target;
}

link_id link_connector::link() const {
  return state_->link;
}

std::uint64_t link_connector::tries() const {
  return state_->tries;
}

const std::string& link_connector::last_failure() const {
  return state_->last_failure;
}

}  // namespace blotter::net
