"""Browsers that connect to nodes themselves: a gateway names the node and signs a ticket, the node lets nobody in without."""

import base64
import json
import subprocess
import threading
import time
from pathlib import Path

import pytest

from grid import Grid
from harness import Process, wait_for
from test_gateway import CLIENTS, World, nodes_of

HERE = Path(__file__).resolve().parent
LIBRARY = HERE.parents[1] / "web" / "client" / "dist" / "index.js"


@pytest.fixture(scope="module")
def grid():
    one = Grid()
    yield one
    one.close()


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "tickets"
    path.write_text("# of a test\n" + "k" * 40 + "\n")
    return path


@pytest.fixture
def world(broker, grid, keys):
    with World(broker, grid, node_settings=("--ticket-keys", keys, "--cors-origin", "*")) as one:
        yield one


@pytest.fixture
def front(world, keys):
    with world.gateway("--ticket-keys", keys) as one:
        yield one


class LibraryViewer:
    """The browser library under Node.js, which asks the gateway for each of its connections."""

    def __init__(self, front, client):
        assert LIBRARY.exists(), "build the library first: npm --prefix web/client ci && npm --prefix web/client run build"
        self.said, self.rows = [], {}
        self.process = subprocess.Popen(["node", str(HERE / "direct_viewer.mjs"), f"http://127.0.0.1:{front.port}", client],
                                        stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            what = json.loads(line)
            self.rows = what.get("rows", self.rows)
            self.said.append(what)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def of(self, name, since=0):
        return [what for what in list(self.said)[since:] if name in what]

    @property
    def state(self):
        states = self.of("state")
        return states[-1]["state"] if states else None

    @property
    def member(self):
        return self.of("hello")[-1]["hello"]

    def numbers(self):
        return {key: row["n"] for key, row in self.rows.items()}


def place_of(front, client):
    return front.json(f"/v1/clients/{client}/place")


def path_of(url):
    return url.split("/", 3)[3]


def test_a_place_is_a_node_its_address_and_a_ticket(world, front):
    place = place_of(front, "c1")
    serving = world.nodes[place["member"]]
    assert place["url"] == f"http://127.0.0.1:{serving.port}/v1/clients/c1/events"
    claims = json.loads(base64.urlsafe_b64decode(place["ticket"].split(".")[1] + "=="))
    assert (claims["sub"], claims["aud"]) == ("c1", place["member"])
    assert 50 < claims["exp"] - time.time() < 70
    assert place_of(front, "c1")["member"] == place["member"], "and the same again"
    assert {place_of(front, c)["member"] for c in CLIENTS} == set(world.nodes), "both nodes get clients"
    assert place_of(front, "a%2Fb%20c")["url"].endswith("/v1/clients/a%2Fb%20c/events")


def test_a_node_serves_nobody_without_a_ticket_of_its_own(world, front):
    place = place_of(front, "c1")
    serving = world.nodes[place["member"]]
    other = next(one for name, one in world.nodes.items() if name != place["member"])
    rows = "/v1/clients/c1/rows?ticket="
    assert serving.get(rows + place["ticket"])[0] == 200
    assert serving.get(rows)[0] == 403
    assert serving.get("/v1/clients/c1/rows")[0] == 401
    assert serving.get("/v1/clients/c2/rows?ticket=" + place["ticket"])[0] == 403
    assert other.get(rows + place["ticket"])[0] == 403
    forged = place["ticket"][:-4] + ("AAAA" if not place["ticket"].endswith("AAAA") else "BBBB")
    status, headers, body = serving.get(rows + forged)
    assert (status, headers["Content-Type"]) == (403, "application/problem+json"), body
    assert "ask for a place anew" in json.loads(body)["detail"]
    assert serving.get("/v1/clients/c1/events")[0] == 401


def test_a_gateway_without_keys_says_that_it_carries_every_stream(world):
    with world.gateway() as carrying:
        status, _, body = carrying.get("/v1/clients/c1/place")
        assert status == 404
        assert "--ticket-keys" in json.loads(body)["detail"]


def test_a_gateway_that_has_no_node_says_when_to_come_back(grid, keys):
    with Process("gateway", "--directory", grid.url(), "--member", "alone", "--ticket-keys", keys) as alone:
        wait_for(lambda: not [n for n in nodes_of(alone) if n["links"]], "nodes of other tests to be gone")
        status, headers, _ = alone.get("/v1/clients/c1/place")
        assert status == 503
        assert 1 <= int(headers["Retry-After"]) <= 5


def test_the_library_follows_its_client_from_node_to_node(world, front):
    """Of the first it hears that it leaves; the second is killed."""
    for row in range(20):
        world.rows.put(world.topic, "c1", f"r{row}", n=row)
    world.rows.flush()
    with LibraryViewer(front, "c1") as view:
        wait_for(lambda: view.state == "live" and len(view.rows) == 20, lambda: f"its rows: {view.said[-3:]}")
        first = view.member
        since = len(view.said)
        code, took = world.nodes[first].terminate()
        assert code == 0
        wait_for(lambda: view.member != first and view.state == "live", lambda: f"the other node: {view.said[since:]}")
        moved = view.of("moving", since)
        assert moved and moved[-1]["to"] == view.member, "it moved before its stream ended"
        assert not [s for s in view.of("state", since) if s["state"] in ("waiting", "stale")], view.of("state", since)
        assert view.of("hello", since)[-1]["resumed"]
        assert not view.of("changed", since), "nothing had changed"
        print(f"node left in {took * 1000:.0f} ms")

        since = len(view.said)
        world.restart(first)
        wait_for(lambda: any(n["id"] == first and n["links"] for n in nodes_of(front)), "the first node to be back")
        world.nodes[view.member].kill()
        world.rows.put(world.topic, "c1", "r3", n=333)
        world.rows.flush()
        wait_for(lambda: view.numbers().get("r3") == 333 and view.state == "live", lambda: f"the change: {view.said[since:]}")
        assert view.member == first
        assert [what["changed"] for what in view.of("changed", since)] == [["r3"]], "only what changed"
        assert len(view.rows) == 20


def test_a_full_node_is_not_named_and_when_all_are_full_it_says_when_to_come_back(broker, grid, keys):
    place = "/v1/clients/c1/place"
    one_each = ("--ticket-keys", keys, "--cors-origin", "*", "--viewers-max", 1)
    with World(broker, grid, node_settings=one_each) as world, world.gateway("--ticket-keys", keys) as front:
        world.rows.put(world.topic, "c1", "r1", n=1)
        world.rows.flush()
        with LibraryViewer(front, "c1") as first, LibraryViewer(front, "c1") as second:
            for view in (first, second):
                wait_for(lambda: view.state == "live" and view.numbers() == {"r1": 1}, lambda: f"its row: {view.said[-5:]}")
            assert {first.member, second.member} == set(world.nodes), "the same client, but one viewer is all that a node takes"
            wait_for(lambda: front.get(place)[0] == 503, "the gateway to hear that both are full")
            assert 1 <= int(front.get(place)[1]["Retry-After"]) <= 5
        wait_for(lambda: front.get(place)[0] == 200, "a place when they have gone")
