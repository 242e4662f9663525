#include <unistd.h>

#include "app/commands.hpp"
#include "app/watch.hpp"
#include "serve/autoscaler_process.hpp"
#include "serve/cluster_command.hpp"
#include "serve/feed_command.hpp"
#include "serve/gateway_process.hpp"
#include "serve/node_process.hpp"
#include "serve/router_process.hpp"
#include "serve/up.hpp"

int main(int argc, char** argv) {
  std::vector<std::string> environment;
  for (char** variable = environ; variable && *variable; ++variable) environment.emplace_back(*variable);
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return blotter::app::run(arguments, environment,
                           {blotter::serve::run_up, blotter::serve::run_router, blotter::serve::run_node,
                            blotter::serve::run_gateway, blotter::serve::run_autoscaler,
                            blotter::serve::run_cluster, blotter::serve::run_feed, blotter::app::run_watch});
}
