import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from broker import Broker  # noqa: E402
from grid import Grid  # noqa: E402
from harness import BINARY  # noqa: E402


def pytest_sessionstart(session):
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is not there: build it, or say where it is in BLOTTER", returncode=3)


@pytest.fixture(scope="session")
def broker():
    """One broker for all tests, each of which has topics of its own; a test that kills it starts it again."""
    one = Broker()
    yield one
    one.close()


@pytest.fixture(scope="session")
def grid():
    """Hazelcast members for tests that do them no harm; others have their own."""
    one = Grid()
    yield one
    one.close()
