#include "sim/tickets.hpp"

namespace blotter::sim {

namespace {

/// The cluster's, with the one that it had before; and another's.
const auth::ticket_keys& keys_of(signer by) {
  static const auth::ticket_keys ours = auth::ticket_keys::parse(
                                            "a key of the simulated cluster, 32 or more\n"
                                            "the key that it had before this, also 32\n")
                                            .value();
  static const auth::ticket_keys others =
      auth::ticket_keys::parse("a key that no process of the cluster has\n").value();
  return by == signer::gateway ? ours : others;
}

}  // namespace

std::string sign_ticket(signer by, const auth::ticket& what) {
  return keys_of(by).sign(what);
}

result<void> check_ticket(const saboteur& spoiled, std::string_view shown, std::string_view client,
                          std::string_view node, wall_time now) {
  auto read = keys_of(signer::gateway).read(shown);
  if (!read && spoiled.is(sabotage::forged_ticket_accepted)) read = keys_of(signer::stranger).read(shown);
  if (!read) return read.error();
  if (spoiled.is(sabotage::expired_ticket_accepted)) read->expires = now;
  if (spoiled.is(sabotage::ticket_of_another_client_accepted)) read->client = client;
  if (spoiled.is(sabotage::ticket_of_another_node_accepted)) read->node = node;
  return auth::admits(*read, client, node, now);
}

}  // namespace blotter::sim
