#!/usr/bin/env python3
"""Breaks a small tree in each way that check_layers.py is there to refuse, and sees it refused."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from check_layers import Check  # noqa: E402 (beside this file)

CHECKER = Path(__file__).with_name("check_layers.py")

TABLE = """\
# a comment
base   pure  -               boost/system
table  pure  base            -
net    edge  base            boost sys
kafka  edge  base table      librdkafka
"""

FILES = {
    "base/result.hpp": "#include <boost/system/result.hpp>\n#include <vector>\n",
    "table/row.hpp": '#pragma once\n#include "base/result.hpp"\n#include <boost/system/error_code.hpp>\n',
    "table/row_test.cpp": '#include "table/row.hpp"\n#include <gtest/gtest.h>\n#include <thread>\n',
    "table/row_bench.cpp": '#include <benchmark/benchmark.h>\nauto t = std::chrono::steady_clock::now();\n',
    "net/core.cpp": '#include "base/result.hpp"\n#include <boost/asio.hpp>\n#include <openssl/ssl.h>\n'
                    "#include <sys/epoll.h>\n#include <thread>\nauto t = std::chrono::steady_clock::now();\n",
    "kafka/source.cpp": '#include "table/row.hpp"\n#include <librdkafka/rdkafka.h>\n',
}


class CheckLayers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("modules.txt", TABLE)
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path, text):
        file = self.root / "src" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def check(self):
        check = Check(self.root)
        check.run()
        return check.lines()

    def refused(self, *parts):
        lines = self.check()
        self.assertEqual(len(lines), 1, lines or "nothing was refused")
        for part in parts:
            self.assertIn(part, lines[0])

    def accepted(self):
        self.assertEqual(self.check(), [])

    def test_accepts_a_tree_that_keeps_to_its_table(self):
        self.accepted()

    def test_as_a_program_says_where_exits_1_and_leaves_the_stamp(self):
        stamp = self.root / "stamp"
        command = [sys.executable, CHECKER, "--root", self.root, "--stamp", stamp]
        self.write("table/bad.cpp", '#include "net/core.hpp"\n')
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^src/table/bad\.cpp:1: table may not include net: ")
        self.assertFalse(stamp.exists())
        self.write("table/bad.cpp", "")
        self.assertEqual(subprocess.run(command, check=False).returncode, 0)
        self.assertTrue(stamp.exists())

    # Our own modules.

    def test_refuses_a_module_that_the_row_does_not_list(self):
        self.write("net/core.cpp", '\n#include "table/row.hpp"\n')
        self.refused("src/net/core.cpp:2:", "net may not include table", "lists: base")

    def test_refuses_a_module_below(self):
        self.write("base/x.cpp", '#include "table/row.hpp"\n')
        self.refused("src/base/x.cpp:1:", "base may not include table", "lists: nothing")

    def test_refuses_what_is_listed_only_by_a_listed_module(self):
        self.write("modules.txt", TABLE + "app    edge  kafka           -\n")
        self.write("app/main.cpp", '#include "kafka/source.hpp"\n#include "base/result.hpp"\n')
        self.refused("src/app/main.cpp:2:", "app may not include base")

    def test_refuses_a_bad_include_in_a_test_and_in_a_subfolder(self):
        self.write("table/row_test.cpp", '#include "kafka/source.hpp"\n')
        self.refused("src/table/row_test.cpp:1:", "table may not include kafka")
        self.write("table/row_test.cpp", "")
        self.write("table/deep/x.hpp", '#  include "net/core.hpp"\n')
        self.refused("src/table/deep/x.hpp:1:", "table may not include net")

    def test_refuses_a_path_that_is_not_seen_from_src(self):
        for header in ("row.hpp", "../net/core.hpp", "table/../net/core.hpp", "elsewhere/x.hpp"):
            self.write("table/x.cpp", f'#include "{header}"\n')
            self.refused("src/table/x.cpp:1:", header, "names no module")

    def test_refuses_our_headers_in_angles(self):
        self.write("table/x.cpp", "#include <net/core.hpp>\n")
        self.refused("src/table/x.cpp:1:", "<net/core.hpp> is ours")

    def test_refuses_an_include_that_cannot_be_followed(self):
        self.write("net/x.cpp", "#include HEADER\n")
        self.refused("src/net/x.cpp:1:", "cannot be followed")

    def test_ignores_includes_in_comments(self):
        self.write("table/x.cpp", '// #include "net/core.hpp"\n/*\n#include "net/core.hpp"\n*/\n')
        self.accepted()

    # Outside technologies.

    def test_refuses_a_technology_outside_its_folder(self):
        for header, owner in (("boost/asio/ip/tcp.hpp", "boost"), ("librdkafka/rdkafka.h", "librdkafka"),
                              ("unistd.h", "sys"), ("sys/socket.h", "sys"), ("simdjson.h", "simdjson"),
                              ("spdlog/spdlog.h", "spdlog"), ("toml++/toml.h", "toml++"), ("CLI/CLI.hpp", "CLI"),
                              ("prometheus/registry.h", "prometheus"), ("flatbuffers/flatbuffers.h", "flatbuffers"),
                              ("openssl/ssl.h", "openssl"), ("zlib.h", "zlib"), ("pthread.h", "pthread")):
            with self.subTest(header):
                self.write("table/x.cpp", f"#include <{header}>\n")
                self.refused("src/table/x.cpp:1:", f"<{header}>", f"belongs to {owner}")

    def test_refuses_a_technology_that_nobody_knows(self):
        self.write("net/x.cpp", "#include <folly/String.h>\n")
        self.refused("src/net/x.cpp:1:", "no technology known here")

    def test_refuses_a_test_library_in_what_is_no_test(self):
        self.write("table/x.cpp", "#include <gtest/gtest.h>\n")
        self.refused("src/table/x.cpp:1:", "<gtest/gtest.h>")
        self.write("table/x.cpp", "")
        self.write("table/x_test.cpp", "#include <benchmark/benchmark.h>\n")
        self.refused("src/table/x_test.cpp:1:", "<benchmark/benchmark.h>")

    def test_refuses_any_other_technology_in_a_test(self):
        self.write("table/x_test.cpp", "#include <boost/asio.hpp>\n")
        self.refused("src/table/x_test.cpp:1:", "belongs to boost")

    # Purity.

    def test_refuses_threads_and_chance_in_a_pure_module(self):
        for header in ("thread", "mutex", "condition_variable", "random"):
            with self.subTest(header):
                self.write("table/x.hpp", f"#include <{header}>\n")
                self.refused("src/table/x.hpp:1:", "table is pure", f"<{header}>")

    def test_refuses_clocks_chance_and_sleep_in_a_pure_module(self):
        for code in ("std::chrono::steady_clock::now()", "system_clock::now()", "std::random_device d;",
                     "std::this_thread::sleep_for(s)", "std::time(nullptr)", "::rand()"):
            with self.subTest(code):
                self.write("table/x.cpp", f"int a = 1'000;\n{code};\n")
                self.refused("src/table/x.cpp:2:", "pure code")

    def test_refuses_them_in_a_test_of_a_pure_module_too(self):
        self.write("table/x_test.cpp", "\n\nstd::this_thread::sleep_for(s);\n")
        self.refused("src/table/x_test.cpp:3:", "sleeps")

    def test_ignores_clocks_in_comments_and_text(self):
        self.write("table/x.cpp", '// steady_clock::now\nauto s = "// steady_clock::now";\n'
                                  'auto r = R"x(sleep_for)x"; char c = \'"\'; /* random_device */\n')
        self.accepted()

    # The table.

    def test_refuses_a_file_of_no_module(self):
        self.write("util/x.hpp", "")
        self.refused("src/util/x.hpp:1:", "belongs to no module")

    def test_refuses_a_file_beside_the_modules(self):
        self.write("x.hpp", "")
        self.refused("src/x.hpp:1:", "belongs to no module")

    def test_refuses_a_row_that_lists_a_row_below_or_itself(self):
        self.write("modules.txt", "base   pure  table   boost/system\n" + TABLE.split("\n", 2)[2])
        self.refused("src/modules.txt:1:", "lists table, which has no row above it")
        self.write("modules.txt", TABLE.replace("table  pure  base ", "table  pure  base table "))
        self.refused("src/modules.txt:3:", "lists table, which has no row above it")

    def test_refuses_a_pure_row_that_lists_an_edge(self):
        self.write("modules.txt", TABLE + "node   pure  net             -\n")
        self.refused("src/modules.txt:6:", "node is pure but lists net")

    def test_refuses_a_pure_row_with_a_technology_that_cannot_be_simulated(self):
        self.write("modules.txt", TABLE + "node   pure  base            boost\n")
        self.refused("src/modules.txt:6:", "node is pure and may not have boost")

    def test_refuses_rows_it_cannot_read(self):
        for row, message in (("node", "cannot be read"), ("node pure base -", "cannot be read"),
                             ("node round  base   -", "unknown kind round"), ("net edge  base   -", "has a row already"),
                             ("node edge  base   fortran", "fortran is no technology")):
            with self.subTest(row):
                self.write("modules.txt", f"{TABLE}{row}\n")
                self.refused("src/modules.txt:6:", message)


if __name__ == "__main__":
    unittest.main()
