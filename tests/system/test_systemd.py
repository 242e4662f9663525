"""The units of deploy/systemd: as systemd reads them, and the program under their filter of system calls."""

import ctypes
import re
import shutil
import subprocess

import pytest

from harness import BINARY, ROOT, Process, wait_for

ROLES = ["router", "node", "gateway"]
CREDENTIALS = """
[Service]
LoadCredential=link.pem:/etc/blotter/tls/r1.pem
Environment=BLOTTER_LINK_CERTIFICATE=%d/link.pem
"""

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")


def unit_text(role):
    return (ROOT / "deploy" / "systemd" / f"blotter-{role}@.service").read_text(encoding="utf-8")


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("role", ROLES)
def test_a_unit_is_understood_and_hardened(role, tmp_path):
    unit = tmp_path / f"blotter-{role}@.service"
    unit.write_text(unit_text(role).replace("/usr/bin/blotter", BINARY) + CREDENTIALS, encoding="utf-8")
    verified = analyze("verify", str(unit))
    assert (verified.returncode, verified.stderr.strip()) == (0, ""), verified
    judged = analyze("security", "--offline=true", "--threshold=11", str(unit))
    assert judged.returncode == 0, judged.stdout[-300:]
    assert analyze("security", "--offline=true", "--threshold=5", str(unit)).returncode != 0, "it judges nothing"


def calls_of(name):
    """The system calls of a set of systemd's, with those of the sets in it."""
    told = analyze("syscall-filter", "--no-pager", name)
    assert told.returncode == 0, told
    found = set()
    for word in re.findall(r"^ {4}([@a-z]\S*)", told.stdout, re.M):
        found |= calls_of(word) if word.startswith("@") else {word}
    return found


def allowed_calls(role):
    """As the lines SystemCallFilter= say it, and what systemd always allows."""
    allowed = calls_of("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)", unit_text(role), re.M):
        for name in line.lstrip("~").split():
            if line.startswith("~"):
                allowed -= calls_of(name)
            else:
                allowed |= calls_of(name)
    return allowed


def confine(allowed):
    """Any other system call kills this process, and what it becomes."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(0x80000000)))
    for name in allowed:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            library.seccomp_rule_add(context, ctypes.c_uint32(0x7FFF0000), number, 0)
    assert library.seccomp_load(context) == 0


@pytest.mark.parametrize("role", ROLES)
def test_the_program_needs_no_system_call_that_its_unit_refuses(broker, role):
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        pytest.skip("there is no libseccomp")
    _, feed = broker.new_topic(1)
    allowed = allowed_calls(role)
    assert "reboot" not in allowed and "ptrace" not in allowed and "epoll_wait" in allowed
    more = ["--feed", feed, "--link", "127.0.0.1:0"] if role == "router" else []
    # A sanitizer's look for leaks at the end stops its own threads by ptrace, as no program that is installed does.
    no_leaks = {"ASAN_OPTIONS": "detect_leaks=0"}
    with Process(role, "--directory", "hazelcast://127.0.0.1:1", *more, environment=no_leaks,
                 before=lambda: confine(allowed)) as one:
        assert one.get("/healthz")[0] == 200
        assert one.get("/metrics")[0] == 200
        if role == "router":
            wait_for(lambda: "feed: loading" in one.text(), one.text)
        assert one.terminate()[0] == 0, one.text()
