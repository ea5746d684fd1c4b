"""The log on the command line, as an operator uses it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.evidence.commands import evidence
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.transparency.audit import Audit, audit
from pipelines.transparency.place import place_of
from tests.contract.transparency.logged import fill, tamper


@pytest.fixture
def settings(fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What the commands read from the environment."""
    monkeypatch.setenv("VIGIL_DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("VIGIL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIGIL_EVIDENCE_LOG_ORIGIN", "log.example/vigil")
    monkeypatch.setenv("VIGIL_LOG_PUBLISH", f'["{tmp_path}/others"]')
    monkeypatch.chdir(tmp_path)
    return Settings()


def vigil(*arguments: str) -> Result:
    """``vigil evidence ...``."""
    return CliRunner().invoke(evidence, list(arguments))


def more(settings: Settings, count: int, *, first: bool = False) -> Audit:
    """Logs leaves, sequences, audits."""

    async def done() -> Audit:
        async with Database(settings.database_url, max_size=3) as database:
            await fill(database, place_of(settings), *([] if first else [0]), count)
            return await audit(database, place_of(settings))

    return asyncio.run(done())


def test_show_rotate_and_continue(settings: Settings, tmp_path: Path) -> None:
    """A log, a kept checkpoint, two changes of the key: all of it continues, and is well."""
    assert "no checkpoint yet" in vigil("log").output
    more(settings, 3, first=True)
    kept = tmp_path / "kept"
    kept.write_bytes((tmp_path / "others" / "checkpoint").read_bytes())
    assert "leaves 条目: 4\n" in vigil("log").output
    for size in (6, 8):
        rotated = vigil("rotate-key")
        assert rotated.exit_code == 0
        assert f"{rotated.output.strip()}.pub.pem" in {p.name for p in settings.keys.iterdir()}
        found = more(settings, 1)
        assert (found.problems, found.size) == ([], size)
    assert len(list(settings.keys.glob("*.pub.pem"))) == 3
    said = vigil("consistency", str(kept))
    assert said.exit_code == 0
    assert "CONTINUES" in said.output


def test_a_log_that_was_rewritten_does_not_continue(
    settings: Settings, tmp_path: Path, fresh_database_url: str
) -> None:
    """Even with our own key over it: whoever kept a checkpoint sees it."""
    more(settings, 3, first=True)
    kept = tmp_path / "kept"
    kept.write_bytes((settings.log_folder / "checkpoint").read_bytes())
    tamper(fresh_database_url, "TRUNCATE log_leaves, log_tiles, log_checkpoints, log_stamps")
    for folder in (settings.log_folder, tmp_path / "others"):
        (folder / "checkpoint").unlink()
    more(settings, 5, first=True)
    said = vigil("consistency", str(kept))
    assert said.exit_code == 1
    assert "DOES NOT CONTINUE" in said.output


def test_what_is_no_checkpoint_is_said(settings: Settings, tmp_path: Path) -> None:
    """A file of something else is refused with a line."""
    more(settings, 1, first=True)
    (tmp_path / "kept").write_text("hello")
    said = vigil("consistency", str(tmp_path / "kept"))
    assert said.exit_code == 1
    assert said.exception is None or isinstance(said.exception, SystemExit)
