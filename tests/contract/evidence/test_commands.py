"""The terminal's commands, by status and words, over a real store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from pipelines.evidence.commands import evidence

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

T0 = 1_760_000_000_000


async def run(*words: str) -> Result:
    """Runs ``vigil evidence ...`` in a thread, as it starts a loop of its own."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(evidence, list(words)))


@pytest.fixture
async def sealed(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """One sealed alert, and settings that point to it."""
    monkeypatch.setenv("VIGIL_DATABASE_URL", world.url)
    monkeypatch.setenv("VIGIL_DATA_DIR", str(world.folder))
    world.sensor_alert()
    await world.seal("a1", stage=world.stage(still_s=0))
    return world


async def test_verify_before_and_after_tampering(sealed: World) -> None:
    good = await run("verify")
    assert (good.exit_code, "OK" in good.output) == (0, True), good.output
    assert (await run("verify", "a1")).exit_code == 0
    item = sealed.manifest().objects[0]
    path = sealed.objects.path(item.sha256)
    path.chmod(0o644)
    path.write_bytes(b"?" + path.read_bytes()[1:])
    bad = await run("verify")
    assert bad.exit_code == 1
    for word in (item.sha256, item.name, "a1", "pool-free-chlorine@1", "CHANGED", "被改动"):
        assert word in bad.output


async def test_show_and_export(sealed: World, tmp_path: Path) -> None:
    shown = await run("show", "a1")
    assert (shown.exit_code, '"law"' in shown.output) == (0, True)
    exported = await run("export", "a1", str(tmp_path / "out"))
    assert exported.exit_code == 0, exported.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "README.md", "SHA256SUMS", "log.json", "manifest.json", "manifest.sig", "objects",
        f"{sealed.keys.key_id}.pub.pem",
    }  # fmt: skip
    assert (await run("export", "a1", str(tmp_path / "out"))).exit_code == 1  # not empty


@pytest.mark.parametrize("words", [("verify", "none"), ("show", "none"), ("export", "none", "x")])
@pytest.mark.usefixtures("sealed")
async def test_an_alert_without_evidence_is_said(words: tuple[str, ...]) -> None:
    result = await run(*words)
    assert (result.exit_code, "no sealed evidence" in result.output) == (1, True)
