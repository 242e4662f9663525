#include "serve/cluster_home.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "hazelcast/url.hpp"
#include "serve/addresses.hpp"
#include "serve/member_json.hpp"
#include "serve/process.hpp"

namespace blotter::serve {

namespace {

hazelcast::directory_options options_of(const config::settings& s, const std::string& member,
                                        directory::role as) {
  const auto where = hazelcast::parse_url(s.text("directory"));
  if (!where) throw config::refused({{s.source("directory"), where.error().message()}});
  const auto id = directory::member_id::parse(member);
  check(id.has_value());  // the settings let no other pass
  auto options = hazelcast::options_for(*where, *id, {chance() | 1u, chance()});
  if (as == directory::role::gateway) options.placements = hazelcast::placements_map;
  return options;
}

link::role linked_as(directory::role which) {
  if (which == directory::role::router) return link::role::router;
  return which == directory::role::gateway ? link::role::gateway : link::role::node;
}

/// None where no files are given. Made once for all cores, so that a process reads them once.
std::shared_ptr<net::link_tls> link_tls_of(const config::settings& s) {
  const char* const names[] = {"link-certificate", "link-key", "link-authority"};
  const auto given = std::count_if(std::begin(names), std::end(names),
                                   [&](const char* each) { return !s.text(each).empty(); });
  if (given == 0) return nullptr;
  for (const char* each : names)
    if (s.text(each).empty())
      throw config::refused(
          std::string("--") + each,
          "is missing: links in TLS need --link-certificate, --link-key and --link-authority");
  try {
    return std::make_shared<net::link_tls>(
        net::link_tls_files{s.text("link-certificate"), s.text("link-key"), s.text("link-authority")});
  } catch (const std::exception& unusable) {
    throw config::refused("links", unusable.what());
  }
}

}  // namespace

cluster_home::cluster_home(net::core& on, const config::settings& s, const std::string& member,
                           directory::role as, const metrics::registry& read, metrics::registry& cells)
    : core_(on),
      tls_(as == directory::role::autoscaler ? nullptr : link_tls_of(s)),  // it has no links
      member_(member),
      cluster_(options_of(s, member, as).grid.cluster),
      directory_(on.loop(), options_of(s, member, as), hazelcast::add_directory_cells(cells)),
      members_(directory_, member, {as}, read, static_cast<std::uint64_t>(s.integer("viewers-max"))),
      topic_(as == directory::role::router ? topic_of(feed_of(s.text("feed"))) : ""),
      strangers_seen_(
          cells.add_counter({.name = "blotter_directory_other_topic_total",
                             .help = "Times that a router was set aside as it reads another topic."})) {
  directory_.add_listener(*this);
  core_.every(std::chrono::seconds(1), [this](instant now) { report(now); });
}

net::link_hub_options cluster_home::link_options(directory::role as) const {
  net::link_hub_options options;
  options.session.self = {link::protocol_version, cluster_, member_, linked_as(as), topic()};
  options.tls = tls_;
  return options;
}

std::vector<directory::member> cluster_home::members() {
  std::vector<directory::member> ours = topic_.keep(directory_.members());
  say_strangers();
  return ours;
}

void cluster_home::say_strangers() {
  for (const directory::topic_guard::stranger& each :
       strangers_.take(topic_.set_aside(), std::chrono::steady_clock::now())) {
    strangers_seen_.add(1);
    log::warn("cluster", "a router of another topic was set aside: give each topic a directory of its own",
              {{"router", each.id}, {"its_topic", each.topic}, {"topic", topic()}});
  }
}

std::vector<net::link_target> cluster_home::routers() {
  std::vector<net::link_target> all;
  for (const directory::member& each : members()) {
    if (std::find(each.roles.begin(), each.roles.end(), directory::role::router) == each.roles.end())
      continue;
    if (each.link_address.empty()) continue;
    const auto at = net::endpoint::parse(each.link_address);
    if (at)
      all.push_back({each.id.text(), *at});
    else
      log::warn("cluster", "router has no address to link to",
                {{"router", each.id.text()}, {"address", each.link_address}});
  }
  return all;
}

void cluster_home::linked(const std::string& member, bool yes) {
  int& links = links_[member];
  links += yes ? 1 : -1;
  const auto id = directory::member_id::parse(member);
  if (id) directory_.set_connected(*id, links > 0);
  for (const directory::member& each : directory_.members())
    if (yes && each.id.text() == member) topic_.linked(each);
  if (links <= 0) links_.erase(member);
}

void cluster_home::hear(const directory::event&) {
  if (std::exchange(due_, true)) return;
  core_.post([this] {
    due_ = false;
    if (seen_) seen_();
  });
}

void cluster_home::report(instant now) {
  if (leaving_ || members_.report(now) || !lost_) return;
  log::error("cluster", "another process is the member of this name: give each its own by --member",
             {{"member", member_}});
  std::exchange(lost_, {})();
}

std::string cluster_home::json(std::string_view more) const {
  std::string out = begin_cluster(directory_.members());
  const hazelcast::standing& state = directory_.state();
  out.append(",\"directory\":{\"state\":").append(state.connected ? "\"connected\"" : "\"away\"");
  if (!state.connected) append_field(out, "reason", state.reason);
  return out.append("}").append(more).append("}\n");
}

}  // namespace blotter::serve
