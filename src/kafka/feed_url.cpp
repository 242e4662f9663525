#include "kafka/feed_url.hpp"

#include <algorithm>
#include <charconv>

#include "kafka/error.hpp"

namespace blotter::kafka {
namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

bool is_host_letter(char c) {
  return is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
}

bool is_address_letter(char c) {
  return is_host_letter(c) || c == ':' || c == '%';
}

result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc() || end != text.data() + text.size() || port == 0) return errc::url_port;
  return port;
}

result<broker_address> parse_broker(std::string_view text) {
  if (text.empty()) return errc::url_broker;
  std::string_view host;
  std::string_view rest;
  if (text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return errc::url_host;
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
    if (host.find(':') == std::string_view::npos || !std::ranges::all_of(host, is_address_letter)) {
      return errc::url_host;
    }
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    if (host.empty() || host.size() > 253 || !std::ranges::all_of(host, is_host_letter))
      return errc::url_host;
    if (rest.find(':', 1) != std::string_view::npos) return errc::url_host;
  }
  if (rest.empty() || rest.front() != ':') return errc::url_port;
  const auto port = parse_port(rest.substr(1));
  if (!port) return port.error();
  return broker_address{std::string(host), *port};
}

bool is_topic_name(std::string_view name) {
  return name.size() <= 249 && name != "." && name != ".." && std::ranges::all_of(name, is_host_letter);
}

}  // namespace

result<std::vector<broker_address>> parse_brokers(std::string_view text) {
  std::vector<broker_address> brokers;
  for (;;) {
    const auto comma = text.find(',');
    auto broker = parse_broker(text.substr(0, comma));
    if (!broker) return broker.error();
    brokers.push_back(*std::move(broker));
    if (comma == std::string_view::npos) return brokers;
    text.remove_prefix(comma + 1);
  }
}

result<feed_url> parse_feed_url(std::string_view text) {
  constexpr std::string_view scheme = "kafka://";
  if (!text.starts_with(scheme)) return errc::url_scheme;
  text.remove_prefix(scheme.size());
  const auto slash = text.find('/');
  auto brokers = parse_brokers(text.substr(0, slash));
  if (!brokers) return brokers.error();
  if (slash == std::string_view::npos || slash + 1 == text.size()) return errc::url_topic;
  const std::string_view topic = text.substr(slash + 1);
  if (!is_topic_name(topic)) return errc::url_topic_name;
  return feed_url{*std::move(brokers), std::string(topic)};
}

std::string to_string(const std::vector<broker_address>& brokers) {
  std::string text;
  for (const auto& broker : brokers) {
    if (!text.empty()) text += ',';
    const bool bracketed = broker.host.find(':') != std::string::npos;
    text += bracketed ? '[' + broker.host + ']' : broker.host;
    text += ':' + std::to_string(broker.port);
  }
  return text;
}

}  // namespace blotter::kafka
