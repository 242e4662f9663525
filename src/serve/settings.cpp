#include "serve/settings.hpp"

#include <optional>
#include <string>
#include <string_view>

#include "directory/member_text.hpp"
#include "hazelcast/url.hpp"
#include "net/endpoint.hpp"
#include "net/network.hpp"
#include "serve/addresses.hpp"
#include "serve/autoscaler_settings.hpp"

namespace blotter::serve {
namespace {

using namespace config;
using namespace std::chrono_literals;

const std::vector<std::string> up = {"up"};
const std::vector<std::string> router = {"router"};
const std::vector<std::string> readers = {"up", "router"};
const std::vector<std::string> servers = {"up", "node"};
const std::vector<std::string> fronts = {"up", "node", "gateway"};
const std::vector<std::string> linked = {"router", "node"};
const std::vector<std::string> members = {"router", "node", "gateway"};
const std::vector<std::string> table_holders = {"up", "router", "node"};
const std::vector<std::string> known_to_all = {"router", "node", "gateway", "autoscaler"};
const std::vector<std::string> processes = {"up", "router", "node", "gateway", "autoscaler"};
const std::vector<std::string> feed = {"feed"};
const std::vector<std::string> cluster = {"cluster"};
const std::vector<std::string> readers_and_feed = {"up", "router", "feed"};
const std::vector<std::string> drainers = {"up", "node", "gateway", "cluster", "autoscaler"};
const std::vector<std::string> everyone = {"up",      "router", "node",  "gateway",
                                           "cluster", "feed",   "watch", "autoscaler"};

refused_text refuse_origin(std::string_view text) {
  if (text == "*") return std::nullopt;
  const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  const bool bare = scheme > 0 && text.size() > scheme && text.find_first_of("/?# \r\n", scheme) == text.npos;
  return bare ? std::nullopt : refused_text("must be an origin, https://HOST[:PORT] without a path, or *");
}

refused_text refuse_public_url(std::string_view text) {
  if (text.empty() || directory::is_origin(text)) return std::nullopt;
  return "must be https://HOST[:PORT] or http://HOST[:PORT], without a path";
}

/// It becomes part of a header that has signs of its own.
refused_text refuse_node_origin(std::string_view text) {
  if (text == "*") return "must name hosts: https://*.example takes all below it";
  if (text.find_first_of(";,'\" ") != text.npos)
    return "must be an origin, https://HOST[:PORT] without a path";
  return refuse_origin(text);
}

refused_text refuse_member(std::string_view text) {
  for (const char c : text) {
    const char lower = static_cast<char>(c | 32);
    const bool fine =
        (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!fine) return "may hold letters, digits, - _ .";
  }
  return text.size() <= 64 ? std::nullopt : refused_text("is longer than 64 letters");
}

refused_text refuse_networks(std::string_view text) {
  if (net::parse_networks(text)) return std::nullopt;
  return "must be addresses or networks with commas between them: 10.0.0.7,10.1.0.0/16,fd00::/8";
}

refused_text refuse_directory(std::string_view text) {
  if (hazelcast::parse_url(text)) return std::nullopt;
  return "must be hazelcast://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/CLUSTER]";
}

refused_text refuse_cluster_grid(std::string_view text) {
  return text.empty() ? std::nullopt : refuse_directory(text);
}

refused_text refuse_advertised(std::string_view text) {
  if (text.empty() || net::endpoint::parse(std::string(text) + ":1")) return std::nullopt;
  return "must be an IP address without a port: 10.0.0.7, [fd00::7]";
}

setting kafka_property() {
  return {
      "kafka-property", readers_and_feed, list_type{';', "NAME=VALUE", refuse_property},
      "Properties handed to librdkafka as they are, for TLS, SASL and tuning. Several are given by repeating "
      "the "
      "flag, or with ; between them. Flags and environment can be read by others on the machine: passwords "
      "belong in the file of settings."};
}

std::vector<setting> up_settings() {
  return {
      {"feed", readers,
       text_type{"simulate", "simulate | stdin | file:PATH | kafka://HOST:PORT[,HOST:PORT]/TOPIC",
                 refuse_feed},
       "Where rows come from. `simulate` is a seeded market of made-up accounts. `stdin` reads lines of "
       "JSON, each a "
       "row or {\"key\":…,\"value\":…}. `file:PATH` reads such lines and follows the file as it grows, like "
       "`tail -F`. `kafka://…` reads a topic from its start and follows it; it needs no consumer group."},
      {"http", processes, text_type{"127.0.0.1:8080", "ADDRESS:PORT", refuse_listen},
       "Address and port to listen on for browsers. Port 0 takes a free one; the address taken is printed. "
       "0.0.0.0 listens on every interface: whoever reaches it can read every client's rows."},
      {"cores", fronts, integer_type{0, 0, 256, "cores"},
       "How many cores serve viewers, a thread each. 0 takes all there are."},
      {"member", processes, text_type{"", "NAME", refuse_member},
       "The name of this process in its streams, logs and metrics. Empty makes one up."},
      {"beat", servers, duration_type{5s, 1s, 30s},
       "How often a viewer hears that its stream is alive, where it does not ask for another period. A "
       "browser takes "
       "2.5 of them without a word for a dead connection; more often costs bytes."},
      {"viewers-max", processes, integer_type{10'000, 1, 10'000'000, "viewers"},
       "Viewers at once, over all clients. One more is told to come back later."},
      {"viewers-per-client-max", fronts, integer_type{1'000, 1, 10'000'000, "viewers"},
       "Viewers of one client at once. One more is told to come back later."},
      {"connections-per-address", processes, integer_type{500, 0, 1'000'000, "connections/s"},
       "New connections a second from one address, or from one /64 network of IPv6; a second's worth may "
       "come "
       "at once. One more is told to come back later. 0: no bound."},
      {"connections-per-address-max", processes, integer_type{2'000, 0, 10'000'000, "connections"},
       "Connections at once from one address, or from one /64 network of IPv6, viewers included. One more is "
       "told to come back later. 0: no bound."},
      {"proxies", processes,
       text_type{"127.0.0.0/8,::1", "ADDRESS[/BITS][,ADDRESS[/BITS]…]", refuse_networks},
       "Whose connections are not bounded by their address: proxies, through which many browsers come, and "
       "this machine itself. Empty: nobody's."},
      {"cors-origin", processes, list_type{',', "https://HOST[:PORT] or *", refuse_origin},
       "Origins whose pages may read from here, where they come from another server. Several with commas "
       "between "
       "them, or by repeating the flag. Empty: only pages of this server."},
      {"page-columns", fronts, text_type{"", "FILE"},
       "A JSON file that tells the page how to show rows: names, order, formats and hidden columns; see "
       "docs/page.md. It is read once, at start, and anyone who can open the page can read it. Empty: "
       "columns follow from the rows."},
      {"ticket-keys",
       {"node", "gateway"},
       text_type{"", "FILE"},
       "Keys with which gateways sign tickets and nodes know them, the same file for all: a line of at least "
       "32 characters each, of which the first signs. With it a gateway answers /place, and browsers may "
       "connect to nodes themselves, which then demand a ticket. Empty: gateways carry every stream, and "
       "nodes ask nobody."},
      {"public-url",
       {"node"},
       text_type{"", "https://HOST[:PORT]", refuse_public_url},
       "Where browsers reach this node themselves, which a gateway tells them with their ticket. Empty: http "
       "at the address and port of --http."},
      {"node-origin",
       {"gateway"},
       list_type{',', "https://HOST[:PORT]", refuse_node_origin},
       "Origins of nodes to which the gateway's own page may connect, as a browser's Content-Security-Policy "
       "has them: https://*.example takes all hosts below it, http://127.0.0.1:* all ports. Several with "
       "commas between them, or by repeating the flag."},
      {"directory", known_to_all,
       text_type{"hazelcast://127.0.0.1:5701",
                 "hazelcast://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/CLUSTER]", refuse_directory},
       "Where the cluster's members know each other by: one or more Hazelcast members, and their cluster's "
       "name, `dev` "
       "where they have no other. Its name is also that of ours."},
      {"link", linked, text_type{"127.0.0.1:0", "ADDRESS:PORT", refuse_listen},
       "Address and port where others link to this process: nodes to a router, gateways to a node. Port 0 "
       "takes a free one, which the others learn from the directory; a node takes one for each of its "
       "cores, from this one on. Whoever reaches it can read every row: it belongs on a network of its own."},
      {"link-certificate", members, text_type{"", "FILE"},
       "Certificate of this member for links, PEM, with what lies between it and the authority. With it "
       "links are "
       "TLS 1.3 and both ends must show one; give all members the three files, or none. Empty: in the "
       "clear."},
      {"link-key", members, text_type{"", "FILE"}, "Private key of --link-certificate, PEM."},
      {"link-authority", members, text_type{"", "FILE"},
       "Certificate of the cluster's own authority, PEM. Whoever it vouches for may link and read every "
       "row."},
      {"advertise", known_to_all, text_type{"", "HOST", refuse_advertised},
       "The address under which the others reach this process, where --http or --link listen on every "
       "interface."},
      {"replicas",
       {"router", "cluster"},
       integer_type{2, 1, 16, "routers"},
       "Routers that hold each partition: one less may be lost at any moment without a row late. The same "
       "for all "
       "routers of a cluster."},
      {"memory-max", router, size_type{0, 0, std::uint64_t{1} << 50},
       "Rows that the router holds at most, in bytes of memory. Over it, it takes up no more partitions and "
       "says so in "
       "/v1/cluster. 0: no bound."},
      {"feed-key", readers, text_type{"{client}_{row}", "a template of {client} and {row}"},
       "How a record's key names client and row. Empty: keys are not looked at, both fields below name the "
       "row, and "
       "nothing can be deleted."},
      {"feed-key-split", readers, choice_type{"first", {"first", "last"}},
       "Which separator divides a key that holds several: of a_b_c, `first` makes client a, `last` client "
       "a_b."},
      {"feed-client-field", readers, text_type{"clientId", "NAME"},
       "The field of the value that names the client. Where the key names it too, both must agree. Empty: do "
       "not "
       "look."},
      {"feed-row-field", readers, text_type{"ticker", "NAME"},
       "The field of the value that names the row. Where the key names it too, both must agree. Empty: do "
       "not look."},
      {"dead-letter", readers, text_type{"", "file:PATH or the name of a Kafka topic", refuse_dead_letter},
       "Where records go that cannot be understood, with the reason. They are counted and logged by sample "
       "in any "
       "case, and stop nothing. Empty: nowhere. A topic is on the brokers of the feed."},
      kafka_property(),
      {"kafka-isolation", readers, choice_type{"read_uncommitted", {"read_uncommitted", "read_committed"}},
       "Whether rows of Kafka transactions show before they are committed. `read_committed` waits, and never "
       "shows "
       "those of an aborted one."},
      {"simulate-clients", readers, integer_type{1'000, 1, 10'000'000, "clients"},
       "Clients of the simulated market."},
      {"simulate-rows", readers, integer_type{20, 1, 100'000, "rows a client"},
       "Rows of each simulated client."},
      {"simulate-rate", readers, integer_type{2'000, 1, 10'000'000, "rows/s"},
       "Row changes a second of the simulated market, over all clients."},
      {"simulate-seed", readers, integer_type{1, 0, INT64_MAX, ""}, "The same seed makes the same market."},
      {"tombstones-min", table_holders, integer_type{65'536, 0, 1'000'000'000, "deletes"},
       "Deletes remembered at least. A viewer that was away for longer than they reach back is sent its "
       "whole table; "
       "each costs about as much memory as a row without its value."},
      {"send-buffer", processes, size_type{65'536, 4'096, 16u << 20},
       "Kernel buffer of a viewer's connection. Rows in it are on their way and not conflated any more: "
       "larger "
       "carries a burst further, smaller keeps a slow viewer fresher."},
      {"stuck-viewer", servers, duration_type{30s, 1s, 1h},
       "A viewer to whom nothing could be sent for so long is closed; it resumes where it was when it comes "
       "back."},
      {"header-timeout", processes, duration_type{10s, 100ms, 5min},
       "Time for a request's head to arrive whole. Then its connection is closed."},
      {"idle-timeout", processes, duration_type{60s, 100ms, 1h},
       "Time without a request after which a connection is closed that has no stream on it."},
      {"header-max", processes, size_type{16'384, 4'096, 1u << 20},
       "A request's line and header lines at most; 431 beyond. A browser sends its cookies along, and a "
       "viewer that comes back up to 4 KiB of bookmark."},
      {"url-max", processes, size_type{8'192, 1'024, 1u << 20},
       "The path and query of a request at most; 414 beyond."},
      {"drain", drainers, duration_type{2s, 0s, 5min},
       "Time after SIGTERM to tell viewers to go elsewhere before the process ends."},
      {"hand-over", router, duration_type{15s, 0s, 1h},
       "Time after SIGTERM for other routers to load what this one holds; it ends as soon as they have, some "
       "4 s at "
       "least, and at once where there is no other. What was not taken over by then is served by its other "
       "holders "
       "alone until somebody has loaded it."},
  };
}

std::vector<setting> feed_settings() {
  return {
      {"to", feed, text_type{"stdout", "stdout | kafka://HOST:PORT[,HOST:PORT]/TOPIC", refuse_target},
       "Where the simulated market is written. To stdout as lines of JSON, which `blotter up --feed stdin` "
       "reads; to "
       "Kafka as records."},
      {"clients", feed, integer_type{1'000, 1, 10'000'000, "clients"}, "Clients of the simulated market."},
      {"rows-per-client", feed, integer_type{20, 1, 100'000, "rows"}, "Rows of each client."},
      {"rate", feed, integer_type{2'000, 1, 10'000'000, "rows/s"}, "Row changes a second, over all clients."},
      {"seed", feed, integer_type{1, 0, INT64_MAX, ""}, "The same seed makes the same market."},
      {"count", feed, integer_type{0, 0, INT64_MAX, "rows"}, "Ends after so many row changes. 0: never."},
      {"partitions", feed, integer_type{12, 1, 10'000, "partitions"},
       "Partitions of the topic, where it does not exist and has to be created."},
  };
}

std::vector<setting> cluster_settings() {
  return {
      {"routers", cluster, integer_type{2, 1, 32, "routers"}, "Routers of the local cluster."},
      {"nodes", cluster, integer_type{2, 1, 32, "nodes"}, "Nodes of the local cluster."},
      {"gateways", cluster, integer_type{1, 0, 32, "gateways"},
       "Gateways of the local cluster. 0: none, browsers talk to the nodes."},
      {"kafka", cluster, text_type{"", "kafka://HOST:PORT[,HOST:PORT]/TOPIC", refuse_cluster_kafka},
       "The topic of the local cluster. Empty: of a broker of its own, started by deploy/kafka of the "
       "working tree "
       "and ended with the cluster; its rows stay in --dir."},
      {"hazelcast", cluster, text_type{"", "hazelcast://HOST:PORT[,HOST:PORT…]/CLUSTER", refuse_cluster_grid},
       "The Hazelcast members of the local cluster. Empty: two of its own, started by deploy/hazelcast of "
       "the "
       "working tree and ended with the cluster."},
      {"simulate", cluster, integer_type{0, 0, 10'000'000, "rows/s"},
       "Also runs `blotter feed`, which writes so many rows a second of a simulated market to the topic. 0: "
       "none."},
      {"dir", cluster, text_type{"", "FOLDER"},
       "Where the local cluster keeps the logs of its members and what it started itself. One cluster at a "
       "time "
       "has a folder. Empty: blotter/cluster below $XDG_STATE_HOME or ~/.local/state."},
  };
}

std::vector<setting> common_settings() {
  return {
      {"log-level", everyone, choice_type{"info", {"debug", "info", "warn", "error", "off"}},
       "The least important lines that are still logged, to stderr."},
      {"log-format", everyone, choice_type{"text", {"text", "json"}},
       "How a line of the log looks: words for people, or a JSON object for machines."},
      {"config", everyone, text_type{"", "FILE"},
       "A TOML file of settings: `http = \"127.0.0.1:8080\"`, a line each. A [table] is a prefix: `rate` "
       "under "
       "[simulate] is simulate-rate. Flags and environment win over it."},
  };
}

}  // namespace

std::vector<setting> settings_table() {
  std::vector<setting> all = up_settings();
  for (auto&& some : {cluster_settings(), feed_settings(), autoscaler_settings(), common_settings()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace blotter::serve
