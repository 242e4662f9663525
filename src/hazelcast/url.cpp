#include "hazelcast/url.hpp"

#include <algorithm>
#include <charconv>

#include "hazelcast/errc.hpp"

namespace blotter::hazelcast {
namespace {

constexpr std::string_view plain_scheme = "hazelcast://";
constexpr std::string_view tls_scheme = "hazelcasts://";
constexpr std::size_t seeds_max = 32;
constexpr std::size_t name_size_max = 255;

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    if (text.size() - i < 3) return std::nullopt;
    const auto [end, failed] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    if (failed != std::errc() || end != text.data() + i + 3) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const last = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), last, port);
  if (failed != std::errc() || end != last || port == 0) return std::nullopt;
  return port;
}

std::optional<address> parse_address(std::string_view text) {
  const bool v6 = text.starts_with('[');
  const std::size_t host_end = v6 ? text.find(']') : std::min(text.find(':'), text.size());
  if (host_end == text.npos) return std::nullopt;
  address out{std::string(text.substr(v6, host_end - v6)), default_port};
  text.remove_prefix(host_end + v6);
  if (out.host.empty() || out.host.size() > name_size_max || out.host.find_first_of("[]@/") != out.host.npos)
    return std::nullopt;
  if (text.empty()) return out;
  const auto port = parse_port(text.substr(1));
  if (text.front() != ':' || !port) return std::nullopt;
  out.port = *port;
  return out;
}

bool parse_credentials(std::string_view text, url& out) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return false;
  const auto user = unescape(text.substr(0, colon));
  const auto password = unescape(text.substr(colon + 1));
  if (!user || user->empty() || !password) return false;
  out.who = credentials{*user, *password};
  return true;
}

bool parse_addresses(std::string_view text, url& out) {
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const auto each = parse_address(text.substr(at, end - at));
    if (!each || out.seeds.size() == seeds_max) return false;
    out.seeds.push_back(*each);
    at = end + 1;
  }
  return true;
}

}  // namespace

result<url> parse_url(std::string_view text) {
  url out;
  if (text.starts_with(tls_scheme)) out.by = transport::tls;
  const std::string_view scheme = out.by == transport::tls ? tls_scheme : plain_scheme;
  if (!text.starts_with(scheme) || !is_visible(text)) return errc::bad_url;
  text.remove_prefix(scheme.size());
  const std::size_t slash = std::min(text.find('/'), text.size());
  if (slash < text.size()) out.cluster = text.substr(slash + 1);
  if (out.cluster.empty() || out.cluster.size() > name_size_max || out.cluster.find('/') != std::string::npos)
    return errc::bad_url;
  std::string_view addresses = text.substr(0, slash);
  if (const std::size_t sign = addresses.rfind('@'); sign != addresses.npos) {
    if (!parse_credentials(addresses.substr(0, sign), out)) return errc::bad_url;
    addresses.remove_prefix(sign + 1);
  }
  if (!parse_addresses(addresses, out)) return errc::bad_url;
  return out;
}

}  // namespace blotter::hazelcast
