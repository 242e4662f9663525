#include "serve/process.hpp"

#include <algorithm>
#include <cstdio>
#include <random>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "serve/addresses.hpp"

namespace blotter::serve {

std::uint64_t chance() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::string member_name(const config::settings& s, const char* role) {
  if (!s.text("member").empty()) return s.text("member");
  char name[32];
  std::snprintf(name, sizeof name, "%s-%08x", role, static_cast<unsigned>(chance()));
  return name;
}

unsigned core_count(const config::settings& s) {
  const auto asked = static_cast<unsigned>(s.integer("cores"));
  return asked > 0 ? asked : std::max(1u, std::thread::hardware_concurrency());
}

net::endpoint endpoint_of(const config::settings& s, const char* setting) {
  const listen_address at = listen_of(s.text(setting));
  const bool v6 = at.address.find(':') != std::string::npos;
  return *net::endpoint::parse((v6 ? "[" + at.address + "]" : at.address) + ":" + std::to_string(at.port));
}

net::endpoint link_endpoint(const config::settings& s, unsigned core) {
  net::endpoint at = endpoint_of(s, "link");
  if (at.port() == 0) return at;
  if (at.port() + core > 65'535)
    throw config::refused({{s.source("link"), "leaves no port for each core: choose a lower one"}});
  at.set_port(static_cast<std::uint16_t>(at.port() + core));
  return at;
}

std::string advertised(const config::settings& s, const net::endpoint& at) {
  const std::string& host = s.text("advertise");
  return host.empty() ? at.to_string() : host + ":" + std::to_string(at.port());
}

http::server_options server_options_of(const config::settings& s) {
  http::server_options options;
  options.listen.at = endpoint_of(s, "http");
  options.listen.send_buffer_size = static_cast<int>(s.size("send-buffer"));
  options.limits.head_time = s.duration("header-timeout");
  options.limits.idle_time = s.duration("idle-timeout");
  options.limits.head_size_max = s.size("header-max");
  options.limits.url_size_max = s.size("url-max");
  options.limits.viewers_max = static_cast<std::size_t>(s.integer("viewers-max"));
  options.limits.connections_per_address_max =
      static_cast<std::size_t>(s.integer("connections-per-address-max"));
  options.proxies = *net::parse_networks(s.text("proxies"));
  options.address_rate_max = static_cast<double>(s.integer("connections-per-address"));
  options.origins = s.list("cors-origin");
  options.seed = chance();
  return options;
}

net::endpoint listen(http::server& server, const config::settings& s) {
  try {
    return server.listen();
  } catch (const std::exception& e) {
    throw config::refused({{s.source("http"), e.what()}});
  }
}

table::table_limits table_limits_of(const config::settings& s) {
  return {.tombstones_min = static_cast<std::size_t>(s.integer("tombstones-min")), .seed = chance()};
}

node::node_options node_options_of(const config::settings& s, const std::string& member) {
  node::node_options options;
  options.member = member;
  options.tables = table_limits_of(s);
  options.viewers_max = static_cast<std::size_t>(s.integer("viewers-max"));
  options.viewers_per_client_max = static_cast<std::size_t>(s.integer("viewers-per-client-max"));
  options.stuck_time = s.duration("stuck-viewer");
  options.seed = chance();
  return options;
}

reject_cells::reject_cells(metrics::registry& all)
    : all_(all.add_counter({"blotter_feed_rejected_total", "Records of the feed that were refused."})) {
  for (std::size_t i = 1; i < feed::reject_reason_bound; ++i)
    by_reason_.push_back(
        &all.add_counter({"blotter_feed_rejects_total", "Records of the feed that were refused, by reason."},
                         {{"reason", std::string(feed::name_of(static_cast<feed::reject_reason>(i)))}}));
}

void reject_cells::publish(const feed::reject_counters& from) {
  for (std::size_t i = 0; i < by_reason_.size(); ++i)
    by_reason_[i]->add(from.of(static_cast<feed::reject_reason>(i + 1)) - by_reason_[i]->value());
  all_.add(from.total() - all_.value());
}

void main_loop::run(const char* role, steps what) {
  role_ = role;
  steps_ = std::move(what);
  signals_.async_wait([this](error_code failed, int) {
    if (!failed) begin_drain();
  });
  publish();
  loop_.run();
  log::info(role_, "ended");
}

void main_loop::end(int code) {
  boost::asio::post(loop_, [this, code] {
    code_ = code;
    if (drain_until_ == instant{}) begin_drain();
  });
}

void main_loop::begin_drain() {
  log::info(role_, "draining");
  signals_.cancel();
  signals_.async_wait([this](error_code failed, int) {
    if (!failed) loop_.stop();  // asked twice: at once
  });
  drain_until_ = std::chrono::steady_clock::now() + drain_max_;
  steps_.drain();
  look_for_end();
}

void main_loop::look_for_end() {
  if (steps_.drained() || std::chrono::steady_clock::now() >= drain_until_) return loop_.stop();
  timer_.expires_after(milliseconds(10));
  timer_.async_wait([this](error_code failed) {
    if (!failed) look_for_end();
  });
}

void main_loop::publish() {
  if (drain_until_ != instant{}) return;
  if (steps_.publish) steps_.publish();
  timer_.expires_after(milliseconds(100));
  timer_.async_wait([this](error_code failed) {
    if (!failed) publish();
  });
}

}  // namespace blotter::serve
