"""Two gateways with real Hazelcast members between them: which node a client is on is agreed on, never waited for, and
can be read and written by a stock client."""

import itertools
import json
import time

from grid import StockClient, install_client
from harness import wait_for
from test_gateway import World, grid, members_seen, one_connection, open_views  # noqa: F401 (a fixture)

PLACEMENTS = "blotter.placements"
_numbers = itertools.count(1)


def new_clients(count):
    number = next(_numbers)
    return [f"placed-{number}-{i}" for i in range(count)]


def homes(views):
    """The node of each viewer, by client."""
    found = {}
    for view in views:
        found.setdefault(view.client, []).append((members_seen(view) or ["none"])[-1])
    return found


def proposals_of(one):
    return one.json("/v1/cluster")["gateway"]["proposals"]


def stock_client(world):
    install_client("python")
    return StockClient(world.grid, "python", PLACEMENTS)


def wait_for_agreement(judge, views):
    """All viewers of a client are on one node, and the map says which."""
    def apart():
        entries = judge.ask("entries")
        return {client: (nodes, entries.get(client)) for client, nodes in homes(views).items()
                if any(json.loads(entries.get(client, "{}")).get("node") != node for node in nodes)}
    wait_for(lambda: not apart(), lambda: f"one node a client, and the map's: {apart()}")


def test_viewers_of_a_client_that_came_to_two_gateways_at_once_are_on_one_node(broker, grid):  # noqa: F811
    clients = new_clients(60)
    with World(broker, grid, nodes=3) as world, world.gateway() as first, world.gateway() as second, \
            stock_client(world) as judge:
        views = [front.view(client) for client in clients for front in (first, second)]
        wait_for(lambda: all(v.live and v.state == "current" for v in views), "every viewer to be current")
        wait_for_agreement(judge, views)
        for front in (first, second):
            assert proposals_of(front)["made"] >= len(clients)
        one_connection(views)
        for view in views:
            view.close()


def test_a_client_goes_where_the_directory_has_it_and_its_viewers_do_not_notice(broker, grid):  # noqa: F811
    client, = new_clients(1)
    with World(broker, grid) as world, world.gateway() as first, world.gateway() as second, \
            stock_client(world) as judge:
        for row in range(20):
            world.rows.put(world.topic, client, f"r{row}", n=row)
        world.rows.flush()
        views = open_views(first, [client]) + open_views(second, [client])
        before = homes(views)[client][0]
        wait_for(lambda: judge.ask("get", client), "the client in the map")
        other, = set(world.nodes) - {before}
        judge.ask("put", client, json.dumps({"node": other}))
        wait_for(lambda: homes(views)[client] == [other, other], lambda: f"both on {other}: {homes(views)}", 10)
        world.rows.put(world.topic, client, "r3", n=333)
        world.rows.flush()
        world.rest(views)
        one_connection(views)
        judge.ask("put_text", client, "no JSON, and no node")
        judge.ask("remove", client)
        wait_for(lambda: (judge.ask("get", client) or "").startswith("{"), "the client in the map again")
        assert json.loads(judge.ask("get", client)) == {"node": other}
        for view in views:
            view.close()


def test_streams_are_opened_without_the_directory_and_agreed_on_when_it_is_back(broker, grid):  # noqa: F811
    clients = new_clients(20)
    with World(broker, grid) as world, world.gateway() as first, world.gateway() as second:
        grid.freeze()
        try:
            for front in (first, second):
                wait_for(lambda: front.json("/v1/cluster")["directory"]["state"] == "away", "the directory to be away")
            views = open_views(first, clients) + open_views(second, clients)
        finally:
            grid.thaw()
        with stock_client(world) as judge:
            wait_for_agreement(judge, views)
        one_connection(views)
        for view in views:
            view.close()
