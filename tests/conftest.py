"""What all tests share: the real stack, started once per session, and the demo video."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.footage import demo_video
from infra.stack import Stack, StackError
from tests.fresh import drop_database, fresh_database

ROOT = Path(__file__).parents[1]


def _say(config: pytest.Config, line: str) -> None:
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        reporter.write_line(line)
        reporter.flush()  # a first build takes a minute: show it also through a pipe


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Iterator[Stack]:
    """The running stack: TimescaleDB where it can be had, else plain PostgreSQL, said in a line."""
    with (
        tempfile.TemporaryDirectory(prefix="vigil-test-stack-") as workdir,
        Stack(Path(workdir), tell=lambda line: _say(pytestconfig, line)) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def database_url(stack: Stack) -> str:
    """Libpq URL of the session's database; make a database or schema of your own to write in."""
    return stack.database_url


@pytest.fixture
def fresh_database_url(database_url: str) -> Iterator[str]:
    """Libpq URL of a migrated database that nobody else uses; dropped afterwards."""
    url = fresh_database(database_url, "test")
    yield url
    drop_database(url)


@pytest.fixture(scope="session")
def bootstrap(stack: Stack) -> str:
    """The broker's address, host:port."""
    return stack.bootstrap


@pytest.fixture(scope="session")
def log_id(stack: Stack) -> str:
    """Names the broker's log of this session."""
    return stack.log_id


@pytest.fixture(scope="session")
def video(pytestconfig: pytest.Config) -> Path:
    """Path of the demo video; skips, saying why, where it cannot be had."""
    try:
        return demo_video(ROOT / "build" / "footage", lambda line: _say(pytestconfig, line))
    except StackError as error:
        pytest.skip(str(error))
