"""The directory on real Hazelcast members: who is there, who is not, and what happens while the members are not."""

import json
import subprocess
import time
from contextlib import ExitStack

import pytest

from grid import PROBE, Grid, Member, StockClient, Tunnel, install_client
from harness import wait_for

VERSIONS = ["5.5.0", "5.7.0"]


@pytest.fixture(scope="module", params=VERSIONS)
def any_grid(request):
    one = Grid(request.param)
    yield one
    one.close()


@pytest.fixture(scope="module")
def grid():
    one = Grid()
    yield one
    one.close()


@pytest.fixture
def trio(grid):
    """Three members that know each other."""
    with ExitStack() as stack:
        yield all_known(stack, grid, ["m-1", "m-2", "m-3"])


def all_known(stack, grid, names):
    members = [stack.enter_context(Member(grid, name)) for name in names]
    for each in members:
        wait_for(lambda m=each: m.find(changed=m.name), f"{each.name} is registered")
    # Seen to be renewed: a lease of that name may be left of the test before.
    for each, mark in zip(members, marks(members)):
        for name in names:
            wait_for(lambda m=each, since=mark, o=name: m.find(since, changed=o), f"{each.name} knows {name}")
        assert set(each.members()) >= set(names)
    return members


def out_of_grace(members):
    """Whoever has just reached the directory takes nobody for dead for 5 s, as all may be reaching it again."""
    for each in members:
        connected = each.wait_connected()
        wait_for(lambda at=connected: time.monotonic() - at > 5.2, "out of grace", 6)


def marks(members):
    return [len(each.lines) for each in members]


def record(name, **changes):
    """What a member writes, by hand."""
    return json.dumps({"format": 1, "id": name, "incarnation": 7, "renewal": 1, "roles": ["node"], "stage": "serving",
                       **changes})


def test_members_see_each_other_come_change_and_go(any_grid):
    with Member(any_grid, "first", "router") as first, Member(any_grid, "second") as second:
        first.wait("joined", joined="second")
        second.wait("joined", joined="first")
        since = len(first.lines)
        second.say("drain")
        first.wait("its stage or load", since, changed="second")
        second.quit()
        assert first.wait("left", left="second", seconds=2)[1]["why"] == "left"
        assert first.members() == ["first"]


def test_a_killed_member_is_gone_within_4_seconds(any_grid):
    with ExitStack() as stack:
        first, second, third = all_known(stack, any_grid, ["k-1", "k-2", "k-3"])
        out_of_grace([first, third])
        second.kill()
        killed = time.monotonic()
        for each in (first, third):
            at, line = each.wait("gone", left="k-2", seconds=8)
            assert line["why"] == "silent"
            assert at - killed < 4.0
        for each in (first, third):
            assert {line["left"] for line in each.left()} & {"k-1", "k-3"} == set()


def test_a_frozen_member_is_gone_and_comes_back_as_itself(trio):
    first, second, third = trio
    out_of_grace(trio)
    second.freeze()
    frozen = time.monotonic()
    at, line = first.wait("gone", left="m-2", seconds=8)
    assert (line["why"], at - frozen < 4.5) == ("silent", True)
    since, own = len(first.lines), len(second.lines)
    second.thaw()
    first.wait("back", since, joined="m-2", seconds=5)
    wait_for(lambda: second.find(own, changed="m-2") and second.find(own, changed="m-1"), "at work again")
    assert second.left(own) == [], "it blames itself, not the others"
    assert third.left(since) == []


@pytest.mark.parametrize("which", [1, 2])
def test_a_grid_member_that_is_killed_costs_nobody_the_membership(grid, trio, which):
    since = marks(trio)
    grid.kill(which)
    killed = time.monotonic()
    try:
        # All go on renewing through the member that is left; a third of it takes part in what follows.
        for member, mark in zip(trio, since):
            for other in trio:
                member.wait("a renewal after it", mark + 6, changed=other.name, seconds=10)
            assert member.left(mark) == [], member.lines[mark:]
        wait_for(lambda: all(state_of(m) == "connected" for m in trio), "all are connected", 10)
        assert time.monotonic() - killed < 12
    finally:
        grid.start(which)
    assert all(set(m.members()) >= {"m-1", "m-2", "m-3"} for m in trio)


def test_a_rolling_restart_of_the_grid_costs_nobody_the_membership(grid, trio):
    since = marks(trio)
    for which in (1, 2):
        grid.stop(which)
        grid.start(which)
    for member, mark in zip(trio, since):
        for other in trio:
            member.wait("a renewal after it", len(member.lines), changed=other.name, seconds=10)
        wait_for(lambda m=member: state_of(m) == "connected", "connected", 10)
        assert member.left(mark) == [], member.lines[mark:]


def state_of(member):
    return [line["state"] for _, line in member.lines if "state" in line][-1]


def test_a_grid_that_was_away_and_comes_back_empty_has_all_of_us_within_2_seconds(grid, trio):
    since = marks(trio)
    grid.kill()
    try:
        for member, mark in zip(trio, since):
            told = member.wait("says that it is away", mark, state="away", seconds=2)
            assert told[1]["reason"], "and why"
        time.sleep(5)  # longer than any lease: this is what is tried
        assert all(set(m.members()) == {"m-1", "m-2", "m-3"} for m in trio)
    finally:
        grid.start()
    back = time.monotonic()  # both members take clients, and see each other
    for member, mark in zip(trio, since):
        assert member.wait_connected(mark, 10) - back < 2.0
    install_client("python")
    with StockClient(grid, "python") as judge:
        wait_for(lambda: set(judge.ask("entries")) >= {"m-1", "m-2", "m-3"}, "all are registered", 2)
    time.sleep(4)  # a life of a lease, in which nobody may be taken for dead
    for member, mark in zip(trio, since):
        assert member.left(mark) == []


def test_a_frozen_grid_member_costs_nobody_the_membership_and_is_told(grid, trio):
    since = marks(trio)
    grid.freeze(1)
    try:
        for member, mark in zip(trio, since):
            member.wait("says that it is doubtful", mark, state="away", seconds=3)
        for member, mark in zip(trio, since):
            member.wait_connected(mark, 20)
    finally:
        grid.thaw(1)
    for member, mark in zip(trio, since):
        for other in trio:
            wait_for(lambda m=member, o=other: m.find(len(m.lines) - 4, changed=o.name), "renewed", 10)
        assert member.left(mark) == [], member.lines[mark:]


def test_a_wholly_frozen_grid_is_the_same_as_one_that_is_away(grid, trio):
    since = marks(trio)
    grid.freeze()
    try:
        for member, mark in zip(trio, since):
            member.wait("away", mark, state="away", seconds=3)
        time.sleep(5)
        assert all(set(m.members()) == {"m-1", "m-2", "m-3"} for m in trio)
    finally:
        grid.thaw()
    for member, mark in zip(trio, since):
        member.wait_connected(mark, 20)
    time.sleep(4)
    for member, mark in zip(trio, since):
        assert member.left(mark) == [], member.lines[mark:]


@pytest.mark.parametrize("language", ["python", "node"])
def test_official_clients_see_our_entries_come_and_go(any_grid, language):
    install_client(language)
    names = [f"seen-{i}.{language}_{i * 7919}" for i in range(6)]
    with ExitStack() as stack:
        judge = stack.enter_context(StockClient(any_grid, language))
        members = [stack.enter_context(Member(any_grid, name, "router", 3600)) for name in names]
        for each in members:
            added = judge.wait("the official client hears of it", event="added", key=each.name)[1]
            assert json.loads(added["value"])["roles"] == ["router"]
            judge.wait("and of its load", event="updated", key=each.name)
            # Found by its key: so both agree on where the entry lives.
            got = json.loads(judge.ask("get", each.name))
            assert (got["id"], got["format"], got["stage"]) == (each.name, 1, "starting")
        assert set(judge.ask("entries")) >= set(names)
        members[0].quit()
        judge.wait("leaving", event="removed", key=names[0])
        members[1].kill()
        judge.wait("expiry", event="expired", key=names[1], seconds=8)
        wait_for(lambda: set(judge.ask("entries")) & set(names) == set(names[2:]), "those that are left")


@pytest.mark.parametrize("language", ["python", "node"])
def test_we_see_what_official_clients_write(any_grid, language):
    install_client(language)
    with StockClient(any_grid, language) as writer, Member(any_grid, "reader") as reader:
        reader.wait_connected()
        name = f"by-hand-{language}"
        writer.ask("put", name, record(name, address="10.0.0.1:80"))
        reader.wait("joined", joined=name)
        writer.ask("put", name, record(name, renewal=2, stage="draining"))
        reader.wait("changed", changed=name)
        writer.ask("remove", name)
        assert reader.wait("left", left=name)[1]["why"] == "left"


@pytest.mark.parametrize("language", ["python", "node"])
def test_a_thousand_keys_are_found_where_official_clients_look_for_them(any_grid, language):
    install_client(language)
    tried = subprocess.run([PROBE, any_grid.url(), "trial", "1000"], capture_output=True, timeout=60, check=True)
    assert json.loads(tried.stdout) == {"trial": 1000, "wrong": 0}, tried.stderr
    with StockClient(any_grid, language, "trial") as judge:
        names = [f"key-{i}" + ("-ä€" if i % 3 == 0 else "") for i in range(1000)]
        assert judge.ask("entries") == {n: "[]" for n in names[::2]}
        assert judge.ask("gets", names) == ["[]", None] * 500
        judge.ask("clear")


@pytest.mark.parametrize("text, why", [
    ("{", "JSON"),
    ('"a text"', ""),
    (record("odd", roles=["stoker"]), "role"),
    (record("odd", stage="asleep"), "stage"),
    (record("another"), "key"),
    (record("odd", load={"busy": "very"}), "field"),
    (record("odd", format=99), "version"),
], ids=["not JSON", "no object", "unknown role", "unknown stage", "wrong key", "ill-formed load", "other format"])
def test_a_record_that_cannot_be_read_is_set_aside_with_a_reason(grid, trio, text, why):
    install_client("python")
    with StockClient(grid, "python") as writer:
        since = marks(trio)
        writer.ask("put_text" if text == "{" else "put", "odd", text)
        try:
            for member, mark in zip(trio, since):
                line = member.wait("set aside", mark, set_aside="odd")[1]
                assert why in line["why"], line
                assert member.left(mark) == [] and not member.find(mark, joined="odd")
        finally:
            writer.ask("remove", "odd")
    for member, mark in zip(trio, since):
        member.wait("the cluster goes on", len(member.lines), changed="m-1")


def test_a_wrong_cluster_name_is_refused_with_a_sentence(grid):
    with Member(grid, "lost", cluster="other") as member:
        told = wait_for(lambda: next((line for _, line in member.lines if "check the cluster's name" in
                                      line.get("reason", "")), None), "why it is refused")
        assert told["state"] == "away"
        assert member.members() == ["lost"], "alone, but alive"


def test_a_wrong_password_is_refused_with_a_sentence(grid):
    with Member(grid, "lost", user="me:wrong@") as member:
        wait_for(lambda: any("user and password" in line.get("reason", "") for _, line in member.lines),
                 "why it is refused")


def test_of_two_members_with_one_id_the_second_is_refused(grid, trio):
    since = marks(trio)
    with Member(grid, "m-2") as double:
        line = double.wait("refused", refused="another living member has this name", seconds=8)[1]
        assert line
        double.wait("sees the others all the same", joined="m-3")
    for member, mark in zip(trio, since):
        member.wait("the first one goes on", len(member.lines), changed="m-2")
        assert member.left(mark) == []


def test_a_name_is_free_again_when_its_member_was_killed(grid, trio):
    trio[1].kill()
    with Member(grid, "m-2") as next_one:
        trio[0].wait("the next one of this name", len(trio[0].lines), joined="m-2", seconds=12)
        wait_for(lambda: next_one.find(changed="m-2"), "registered")
        assert not [line for _, line in next_one.lines if "refused" in line]


def test_a_clock_an_hour_off_changes_nothing(grid):
    with ExitStack() as stack:
        members = [stack.enter_context(Member(grid, f"clock-{i}", "node", off)) for i, off in
                   enumerate([-3600, 0, 3600])]
        for each in members:
            wait_for(lambda m=each: len(m.members()) >= 3, "all know all")
        since = marks(members)
        for each, mark in zip(members, since):
            for other in members:
                wait_for(lambda e=each, o=other, s=mark: sum(line.get("changed") == o.name
                                                            for _, line in e.lines[s:]) >= 5, "renewals", 12)
            assert each.left(mark) == []


def test_a_grid_behind_tls_is_reached_and_its_certificate_checked(grid, tmp_path):
    tunnel = Tunnel(tmp_path, grid.addresses[0])
    try:
        with Member(tunnel, "veiled", tls_authority=tunnel.authority) as veiled, Member(grid, "plain") as plain:
            plain.wait("joined", joined="veiled")
            veiled.wait("joined", joined="plain")
        with Member(tunnel, "wary") as wary:  # trusts those that the system trusts
            told = wait_for(lambda: next((line["reason"] for _, line in wary.lines if "certificate" in
                                          line.get("reason", "")), None), "why it does not go there")
            assert "verify failed" in told
            assert wary.members() == ["wary"]
    finally:
        tunnel.close()
