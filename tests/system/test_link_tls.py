"""Links in TLS: members with certificates of one authority, and those that are refused."""

import re
import subprocess

from harness import Process, wait_for, wait_values

FREE = "127.0.0.1:0"


class Authority:
    """Gives certificates, made by openssl in a folder of the test."""

    def __init__(self, folder, name):
        self.folder = folder / name
        self.folder.mkdir()
        self._openssl("req", "-x509", *self._new_key("ca"), "-days", "2", "-subj", f"/CN={name}")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=30)

    @staticmethod
    def _new_key(name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.pem"]

    def member(self, name, trusts=None):
        """The settings of a member that this authority vouches for."""
        self._openssl("req", *self._new_key(name), "-subj", f"/CN={name}")
        self._openssl("x509", "-req", "-in", f"{name}.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", "2", "-out", f"{name}.pem")
        return ["--link-certificate", str(self.folder / f"{name}.pem"), "--link-key", str(self.folder / f"{name}.key"),
                "--link-authority", str((trusts or self).folder / "ca.pem")]


def router(grid, feed, name, tls, **options):
    return Process("router", "--feed", feed, "--link", FREE, "--directory", grid.url(), "--member", name, *tls, **options)


def node(grid, name, tls=()):
    return Process("node", "--directory", grid.url(), "--member", name, *tls)


def gateway(grid, name, tls=()):
    return Process("gateway", "--directory", grid.url(), "--member", name, *tls)


def wait_said(process, *parts):
    wait_for(lambda: any(all(p in line for p in parts) for line in list(process.log)),
             lambda: f"{parts} in\n{process.text()}", 15)


def test_only_members_of_the_authority_are_linked(broker, grid, tmp_path):
    topic, feed = broker.new_topic(2)
    rows = broker.producer()
    rows.put(topic, "c1", "a", n=1)
    rows.flush()
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    remedy = "certificates of the cluster's own authority"
    with router(grid, feed, "tls-r", ours.member("tls-r")) as holder:
        with node(grid, "tls-n", ours.member("tls-n")) as good:
            good.wait_ready()
            with good.view("c1") as view:
                wait_values(view, {"a": {"clientId": "c1", "ticker": "a", "n": 1}})
            with gateway(grid, "tls-g", ours.member("tls-g")) as front:
                front.wait_ready()
                with front.view("c1") as view:
                    wait_values(view, {"a": {"clientId": "c1", "ticker": "a", "n": 1}})
            with gateway(grid, "tls-g-clear") as clear:
                wait_said(good, "link: refused", remedy)
                wait_said(clear, "tls-n", "takes links in TLS alone")
                assert not clear.ready()[0]
        with node(grid, "tls-clear") as clear:
            wait_said(holder, "link: refused", remedy)
            wait_said(clear, "tls-r", "takes links in TLS alone")
            assert not clear.ready()[0]
        with node(grid, "tls-strange", theirs.member("tls-strange", trusts=ours)) as strange:
            wait_said(strange, remedy)
            assert not strange.ready()[0]
        with node(grid, "tls-wary", ours.member("tls-wary", trusts=theirs)) as wary:
            wait_said(wary, "certificate verify failed", remedy)
            assert not wary.ready()[0]
        # One that shows no certificate at all. Asked again, as the log says only some of many refusals in a second.
        at = next(line for line in holder.log if "for links on" in line).rsplit(" ", 1)[1].strip()
        wait_for(lambda: shows_nothing(at) and "peer did not return a certificate" in holder.text(),
                 lambda: f"refused:\n{holder.text()}")
        # A member that was killed is no failure of TLS. Its kernel closes, or resets if it had not read all.
        lost = re.search(r'link: lost member=tls-n .*why="(.*)"', holder.text())
        assert lost and lost[1].startswith(("the peer closed", "Connection reset by peer")), holder.text()


def shows_nothing(address):
    """Whether TLS refuses a caller without a certificate."""
    tried = subprocess.run(["openssl", "s_client", "-connect", address, "-ign_eof"], stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=30, check=False)
    return b"certificate required" in tried.stderr + tried.stdout


def test_a_router_in_the_clear_tells_a_node_with_certificates(broker, grid, tmp_path):
    _, feed = broker.new_topic(1)
    with router(grid, feed, "plain-r", []) as plain, node(grid, "plain-n", Authority(tmp_path, "ours").member("n")) as tls:
        wait_said(tls, "link:", "give both ends certificates")
        wait_said(plain, "link: refused", "TLS")


def test_files_that_cannot_be_used_are_said(grid, tmp_path):
    some = Authority(tmp_path, "ours").member("n")
    with node_that_ends(grid, some[:2]) as one:
        assert one.exit_code() == 2 and "--link-key: is missing" in one.text(), one.text()
    with node_that_ends(grid, [*some[:2], "--link-key", "/nowhere", *some[4:]]) as one:
        assert one.exit_code() == 2 and "the key of the certificate '/nowhere'" in one.text(), one.text()


def node_that_ends(grid, tls):
    return Process("node", "--directory", grid.url(), *tls, wait=False)
