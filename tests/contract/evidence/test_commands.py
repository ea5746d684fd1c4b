"""The terminal's commands, by status and words, over a real store."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from pipelines.evidence.commands import evidence
from pipelines.transparency.entry import entry_bytes
from pipelines.transparency.merkle import leaf_hash, root_of_inclusion

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


async def test_verify_as_json(sealed: World) -> None:
    """What programs read has every figure of the text."""
    found = json.loads((await run("verify", "--json")).output)
    assert (found["ok"], found["evidence"], found["problems"]) == (True, 1, [])
    assert found["log_entries"] == 5
    sealed.sql("UPDATE alerts SET low = 0.05")
    bad = await run("verify", "--json")
    assert bad.exit_code == 1
    (problem,) = json.loads(bad.output)["problems"]
    assert (problem["wrong"], "low" in problem["detail"]) == ("changed", True)


async def test_verify_a_case(sealed: World) -> None:
    """A case is the evidence of its alert."""
    sealed.sql(
        "INSERT INTO cases (case_id, alert_id, party_id, payload, state, created_ms)"
        " VALUES ('k1', 'a1', 'p', '', 'pending', 0)"
    )
    assert (await run("verify", "--case", "k1")).exit_code == 0
    unknown = await run("verify", "--case", "k2")
    assert (unknown.exit_code, "no case k2" in unknown.output) == (1, True)
    both = await run("verify", "a1", "--case", "k1")
    assert (both.exit_code, "not both" in both.output) == (1, True)


async def test_show_and_export(sealed: World, tmp_path: Path) -> None:
    """AV-30: without two people of the register nothing leaves, and the refusal says what to do."""
    shown = await run("show", "a1")
    assert (shown.exit_code, '"law"' in shown.output) == (0, True)
    alone = await run("export", "a1", str(tmp_path / "out"))
    assert (alone.exit_code, "--extractor and --approved-by" in alone.output) == (1, True)
    sealed.sql(
        "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash) VALUES"
        " ('wang', '王', 'Wang', 'officer', ''), ('li', '李', 'Li', 'leader', '')"
    )
    who = ("--extractor", "wang", "--approved-by", "li", "--reason", "附卷")
    exported = await run("export", "a1", str(tmp_path / "out"), *who)
    assert exported.exit_code == 0, exported.output
    names = {path.name for path in (tmp_path / "out").glob("*")}
    assert names == {
        "README.md", "SHA256SUMS", "SHA256SUMS.sig", "explanation.html", "index.csv", "index.html",
        "keys", "log", "manifest.json", "manifest.sig", "objects", "package.json", "verify.py",
    }  # fmt: skip
    again = await run("export", "a1", str(tmp_path / "out"), *who)
    assert (again.exit_code, "there already" in again.output) == (1, True)


async def test_prove_an_alert_and_a_leaf(sealed: World) -> None:
    """The answer holds all that an outsider needs to compute the root himself."""
    text = await run("prove", "a1")
    assert text.exit_code == 0, text.output
    for word in ("pin", "path 路径", "checkpoint 检查点", "vigil.test/log", "尚无第三方时间戳"):
        assert word in text.output
    kept = sealed.place.folder / "checkpoint"
    found = json.loads((await run("prove", "a1", "--since", str(kept), "--json")).output)
    (leaf,) = found["leaves"]
    entry = entry_bytes(leaf["kind"], leaf["at_ms"], bytes.fromhex(leaf["commitment"]))
    path = [bytes.fromhex(one) for one in leaf["path"]]
    root = root_of_inclusion(leaf["index"], found["size"], leaf_hash(entry), path)
    assert root is not None
    assert root.hex() == found["root"]
    assert found["consistency"] == {"from": 5, "to": 5, "proof": []}
    assert (
        json.loads((await run("prove", "--leaf", "0", "--json")).output)["leaves"][0]["index"] == 0
    )
    for words in (("prove",), ("prove", "none"), ("prove", "--leaf", "99")):
        assert (await run(*words)).exit_code == 1


@pytest.mark.parametrize("words", [("verify", "none"), ("show", "none")])
@pytest.mark.usefixtures("sealed")
async def test_an_alert_without_evidence_is_said(words: tuple[str, ...]) -> None:
    """An answer, not silence."""
    result = await run(*words)
    assert (result.exit_code, "no sealed evidence" in result.output) == (1, True)
