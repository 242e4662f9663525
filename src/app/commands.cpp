#include "app/commands.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

#include "app/watch.hpp"
#include "base/log.hpp"
#include "config/manual.hpp"
#include "serve/settings.hpp"

namespace blotter::app {
namespace {

using arguments = std::vector<std::string>;

void print(std::FILE* to, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), to);
}

std::vector<config::role> roles() {
  return {
      {"up", "everything in one process: reads rows, serves them to browsers", "[--SETTING VALUE]...",
       "# a simulated market, to look around: open http://127.0.0.1:8080\n"
       "blotter up\n\n"
       "# your rows from Kafka\n"
       "blotter up --feed kafka://127.0.0.1:9092/market-value\n\n"
       "# rows from a program, a line each\n"
       "printf '%s\\n' '{\"clientId\":\"c1\",\"ticker\":\"AAPL\",\"price\":1}' | blotter up --feed stdin\n\n"
       "# for everyone on the network, settings from a file\n"
       "blotter up --http 0.0.0.0:8080 --config blotter.toml",
       "Runs until SIGINT or SIGTERM, then tells viewers to come back and ends."},
      {"router", "one router of a cluster: holds rows of a topic for the nodes", "[--SETTING VALUE]...",
       "# two of these hold every partition twice, and either may be lost\n"
       "blotter router --feed kafka://127.0.0.1:9092/market-value --link 127.0.0.1:0 --http 127.0.0.1:0",
       "Finds the others by Hazelcast (--directory). Runs until SIGINT or SIGTERM, then hands its partitions "
       "over and "
       "ends."},
      {"node", "one service node of a cluster: serves browsers what the routers have", "[--SETTING VALUE]...",
       "# as many as there is traffic for; a node holds nothing that cannot be had again\n"
       "blotter node --http 127.0.0.1:8081",
       "Finds the routers by Hazelcast (--directory). Runs until SIGINT or SIGTERM, then tells viewers to "
       "come back and "
       "ends."},
      {"gateway", "one gateway of a cluster: what browsers talk to; carries their streams from the nodes",
       "[--SETTING VALUE]...",
       "# any number of them; a browser may come to any\n"
       "blotter gateway --http 0.0.0.0:8080",
       "Finds the nodes by Hazelcast (--directory). A node that dies, hangs or leaves is replaced by another "
       "while the viewer's connection stays. Runs until SIGINT or SIGTERM, then tells viewers to come back "
       "and ends."},
      {"autoscaler", "keeps the nodes of a cluster as many as their load needs", "[--SETTING VALUE]...",
       "# nodes of this machine: starts two, more as they get busy, and drains them when it is calm\n"
       "blotter autoscaler --min 2 --max 8 --http 127.0.0.1:8090\n\n"
       "# nodes by a command: `scale.sh 5` makes them five, `scale.sh 4 node-3` has node-3 leave\n"
       "blotter autoscaler --min 2 --max 40 --actuator command --command ./scale.sh\n\n"
       "# ready for the open of New York, and never beyond 20 an hour\n"
       "TZ=America/New_York blotter autoscaler --max 40 --cost 0.8 --budget 20 \\\n"
       "  --peak 'mon-fri 09:30-10:00' --history loads.txt\n\n"
       "# the last decision, why, and what perfect foresight would have used\n"
       "curl -s http://127.0.0.1:8090/v1/cluster | jq .autoscaler",
       "Sees the nodes by Hazelcast (--directory). Up at once by as much as is missing, down one by one "
       "after a calm, and only what the others carry with one more of them lost. Of several autoscalers the "
       "first by name decides, and the next when it is gone. Nodes that it started live on when it ends."},
      {"cluster",
       "a whole cluster on this machine: routers, nodes, gateways as processes, with Kafka and Hazelcast",
       "[--SETTING VALUE]...",
       "# from the working tree: its own broker and Hazelcast members, and rows to look at\n"
       "blotter cluster --simulate 2000\n\n"
       "# against what runs already\n"
       "blotter cluster --routers 3 --nodes 3 --kafka kafka://127.0.0.1:9092/market-value \\\n"
       "  --hazelcast hazelcast://127.0.0.1:5701/dev",
       "Shows a line a member and the page's address, and starts none again. Ports are free ones. Settings "
       "of the members reach them by the environment (BLOTTER_MEMORY_MAX) and by --config. SIGINT or SIGTERM "
       "stops everything in order: gateways, nodes, routers, then what was started here; a second one kills. "
       "Should it be killed itself, nothing is left."},
      {"watch", "the live rows of one client in the terminal",
       "http://HOST:PORT --client ID [--once] [--json]",
       "# the table of client c1, as it changes\n"
       "blotter watch http://localhost:8080 --client c1\n\n"
       "# the table as it is, for a script; as JSON for jq\n"
       "blotter watch http://localhost:8080 --client c1 --once\n"
       "blotter watch http://localhost:8080 --client c1 --once --json | jq '.rows[].row.price'\n\n"
       "# the events of its stream, a line of JSON each\n"
       "blotter watch http://localhost:8080 --client c1 --json",
       "When stdout is no terminal, each change is a line. A stream that breaks is resumed where it was; "
       "count and "
       "checksum of the rows are compared with those of the server whenever it tells them.\n\n"
       "Exit code\n"
       "0 with --once: the table was whole, current and verified, and is written\n"
       "1 the server refused; with --once also: no such table within --timeout, and nothing is written\n"
       "2 wrong usage\n"
       "130 and 143 ended by Ctrl-C (SIGINT) and by SIGTERM\n"
       "141 whoever read stdout has gone, as `| head -1` does"},
      {"feed", "a simulated market as a source of rows", "[--to TARGET] [--SETTING VALUE]...",
       "# lines of JSON\n"
       "blotter feed --clients 3 --rate 5\n\n"
       "# 10,000 accounts with 20 positions each into a Kafka topic, 20,000 changes a second\n"
       "blotter feed --to kafka://127.0.0.1:9092/market-value --clients 10000 --rows-per-client 20 --rate "
       "20000",
       ""},
  };
}

std::string overview() {
  std::string out =
      "blotter: live tables from Kafka to browsers that survive failures\n\n"
      "  # the first minute: a simulated market, then open http://127.0.0.1:8080\n"
      "  blotter up\n\n"
      "  # rows from Kafka, and one client's rows in the terminal\n"
      "  blotter up --feed kafka://127.0.0.1:9092/market-value\n"
      "  blotter watch http://localhost:8080 --client c1\n\n"
      "Subcommands\n";
  const auto row = [&out](const std::string& name, const std::string& text) {
    out += "  blotter " + name + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') + text + '\n';
  };
  for (const config::role& one : command_table().roles) row(one.name, one.summary);
  row("help TOPIC", "examples and settings of a subcommand, or all about one setting");
  row("version", "which blotter this is");
  return out + "\n`blotter help up` lists its settings, `blotter help http` explains one.\n";
}

int fail(const config::refused& problem) {
  for (const config::problem& one : problem.problems()) {
    print(stderr, "blotter: " + one.source + ": " + one.text + '\n');
  }
  return 2;
}

int help(const arguments& topics) {
  if (topics.empty()) return print(stdout, overview()), 0;
  for (const std::string& topic : topics) print(stdout, config::manual(command_table(), topic));
  return 0;
}

int version() {
  return print(stdout, "blotter " BLOTTER_VERSION "\n"), 0;
}

int run_role(const config::settings& s, const entry_points& start) {
  const bool json = s.text("log-format") == "json";
  log::configure(*log::level_named(s.text("log-level")), json ? log::format::json : log::format::text);
  if (s.role() == "up") return start.up(s);
  if (s.role() == "router") return start.router(s);
  if (s.role() == "node") return start.node(s);
  if (s.role() == "gateway") return start.gateway(s);
  if (s.role() == "autoscaler") return start.autoscaler(s);
  if (s.role() == "cluster") return start.cluster(s);
  if (s.role() == "feed") return start.feed(s);
  return start.watch(s);
}

[[noreturn]] void refuse_command(const std::string& name) {
  std::vector<std::string> known = {"help", "version"};
  for (const config::role& one : command_table().roles) known.push_back(one.name);
  const std::string meant = config::nearest(name, known);
  throw config::refused(
      {{name, "no such subcommand" + (meant.empty() ? "" : "; did you mean " + meant + '?') +
                  " (`blotter help` lists them)"}});
}

int dispatch(const arguments& all, const arguments& environment, const entry_points& start) {
  const auto asks = [&all](std::string_view flag) {
    return std::find(all.begin(), all.end(), flag) != all.end();
  };
  const std::string name = all.empty() ? "help" : all.front();
  const bool is_role = command_table().find_role(name) != nullptr;
  if (asks("--help") || asks("-h")) return help(is_role ? arguments{name} : arguments{});
  if (asks("--version") || name == "version") return version();
  const arguments rest(all.begin() + (all.empty() ? 0 : 1), all.end());
  if (name == "help") return help(rest);
  if (!is_role) refuse_command(name);
  return run_role(config::load(command_table(), name, {rest, environment}), start);
}

}  // namespace

const config::table& command_table() {
  static const config::table all = [] {
    config::table made{roles(), watch_settings()};
    for (const config::setting& one : serve::settings_table()) made.settings.push_back(one);
    return made;
  }();
  return all;
}

int run(const arguments& all, const arguments& environment, const entry_points& start) {
  try {
    return dispatch(all, environment, start);
  } catch (const config::refused& problem) {
    return fail(problem);
  } catch (const std::exception& problem) {
    log::error("app", "ended by an error", {{"text", problem.what()}});
    return 1;
  }
}

}  // namespace blotter::app
