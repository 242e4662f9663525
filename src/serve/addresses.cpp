#include "serve/addresses.hpp"

#include <arpa/inet.h>

#include <charconv>

#include "base/check.hpp"

namespace blotter::serve {
namespace {

constexpr std::string_view kafka_scheme = "kafka://";
constexpr std::string_view file_scheme = "file:";

std::optional<std::string> kafka_url_problem(std::string_view text) {
  const std::string_view rest = text.substr(kafka_scheme.size());
  const std::size_t slash = rest.find('/');
  if (slash == 0 || rest.find(':') >= slash) return "must name a broker: kafka://HOST:PORT/TOPIC";
  if (slash == std::string_view::npos || slash + 1 == rest.size()) return "lacks /TOPIC at its end";
  if (rest.find('/', slash + 1) != std::string_view::npos) return "a topic holds no /";
  return std::nullopt;
}

std::optional<listen_address> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  listen_address out;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  out.address = host == "localhost" ? "127.0.0.1" : host;
  in6_addr parsed{};
  const int family = bracketed ? AF_INET6 : AF_INET;
  if (inet_pton(family, out.address.c_str(), &parsed) != 1) return std::nullopt;
  return out;
}

}  // namespace

refused_text refuse_feed(std::string_view text) {
  if (text == "simulate" || text == "stdin") return std::nullopt;
  if (text.starts_with(file_scheme) && text.size() > file_scheme.size()) return std::nullopt;
  if (text.starts_with(kafka_scheme)) return kafka_url_problem(text);
  return "must be one of simulate, stdin, file:PATH, kafka://HOST:PORT[,HOST:PORT]/TOPIC";
}

refused_text refuse_target(std::string_view text) {
  if (text == "stdout") return std::nullopt;
  if (text.starts_with(kafka_scheme)) return kafka_url_problem(text);
  return "must be stdout or kafka://HOST:PORT[,HOST:PORT]/TOPIC";
}

refused_text refuse_dead_letter(std::string_view text) {
  if (text.starts_with(file_scheme)) {
    return text.size() > file_scheme.size() ? std::nullopt : refused_text("lacks the path: file:PATH");
  }
  const bool topic = text.size() <= 249 && text.find_first_of(":/ ") == std::string_view::npos;
  return topic ? std::nullopt : refused_text("must be file:PATH or the name of a Kafka topic");
}

refused_text refuse_listen(std::string_view text) {
  if (parse_listen(text)) return std::nullopt;
  return "must be an IP address and a port: 127.0.0.1:8080, 0.0.0.0:80, [::1]:8080, localhost:0";
}

refused_text refuse_property(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) return "must be NAME=VALUE, a property of librdkafka";
  return std::nullopt;
}

refused_text refuse_cluster_kafka(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.starts_with(kafka_scheme)) return kafka_url_problem(text);
  return "must be kafka://HOST:PORT[,HOST:PORT]/TOPIC";
}

feed_address feed_of(std::string_view text) {
  check(!refuse_feed(text));
  if (text == "simulate") return simulated_feed{};
  if (text == "stdin") return stdin_feed{};
  if (text.starts_with(file_scheme)) return file_feed{std::string(text.substr(file_scheme.size()))};
  return kafka_feed{std::string(text)};
}

target_address target_of(std::string_view text) {
  check(!refuse_target(text));
  if (text == "stdout") return stdout_target{};
  return kafka_feed{std::string(text)};
}

dead_letter_address dead_letter_of(std::string_view text) {
  check(!refuse_dead_letter(text));
  if (text.empty()) return no_dead_letter{};
  if (text.starts_with(file_scheme)) return file_feed{std::string(text.substr(file_scheme.size()))};
  return topic_dead_letter{std::string(text)};
}

std::string topic_of(const feed_address& from) {
  const auto* kafka = std::get_if<kafka_feed>(&from);
  return kafka ? kafka->url.substr(kafka->url.rfind('/') + 1) : std::string();
}

listen_address listen_of(std::string_view text) {
  auto parsed = parse_listen(text);
  check(parsed.has_value());
  return *parsed;
}

std::pair<std::string, std::string> property_of(std::string_view text) {
  check(!refuse_property(text));
  const std::size_t equals = text.find('=');
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

}  // namespace blotter::serve
