"""Reviews and exports are held against their signatures and leaves (OFF-16, AV-35)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.evidence.package import Extraction, export
from pipelines.evidence.report import Wrong
from pipelines.quality.checklist import Kind, checklist
from pipelines.quality.review import Answer
from pipelines.quality.sign import Draft, sign

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

T0 = 1_760_000_000_000
AGAIN = """
INSERT INTO reviews (review_id, evidence_id, alert_id, manifest_sha256, kind, officer_id, at_ms,
    passed, statement, signature, key_id)
SELECT 'again', evidence_id, alert_id, manifest_sha256, kind, officer_id, at_ms,
    passed, statement, signature, key_id FROM reviews LIMIT 1
"""
FORGED_EXPORT = """
INSERT INTO evidence_exports SELECT 'forged', alert_id, evidence_id, maker, extractor,
    approved_by, reason, at_ms, sums_sha256 FROM evidence_exports
"""


@pytest.fixture
async def acted(world: World, tmp_path: Path) -> World:
    """One sealed alert, reviewed twice and exported once; all of it numbered but one review."""
    world.sensor_alert()
    await world.seal("a1")
    world.sql(
        "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash) VALUES"
        " ('wang', '王', 'Wang', 'reviewer', ''), ('chen', '陈', 'Chen', 'reviewer', ''),"
        " ('li', '李', 'Li', 'leader', '')"
    )
    (row,) = world.sql("SELECT manifest_sha256 FROM evidence")
    asked = Extraction(
        alert_id="a1", extractor="wang", approved_by="li", reason="附卷", at_ms=T0 + 9
    )
    await export(world.database, world.objects, world.keys, asked, tmp_path / "out")
    signers: list[tuple[Kind, str]] = [("technical", "wang"), ("legal", "chen")]
    for kind, officer in signers:
        await world.number(T0 + 10)
        answers = [Answer(question=q.id, answer="yes") for q in checklist().of(kind)]
        draft = Draft(kind=kind, alert_id="a1", manifest_sha256=str(row[0]), officer_id=officer,
                      answers=answers, passed=True)  # fmt: skip
        await sign(world.database, world.keys, draft, now_ms=T0 + 20)
    for alert in (None, "a1"):
        report = await world.verify(alert)
        assert report.ok, report.problems
    return world


@pytest.mark.parametrize(
    ("statement", "wrong", "words"),
    [
        ("DELETE FROM reviews WHERE kind = 'technical'", Wrong.MISSING, "its row is gone"),
        ("DELETE FROM reviews WHERE kind = 'legal'", Wrong.MISSING, "its row is gone"),
        ("UPDATE reviews SET passed = false", Wrong.CHANGED, "signed: passed"),
        ("UPDATE reviews SET key_id = 'x'", Wrong.BAD_SIGNATURE, "key x is not"),
        ("UPDATE reviews SET statement = '{}'", Wrong.BAD_SIGNATURE, ""),
        (AGAIN, Wrong.EXTRA, "no leaf"),
        ("DELETE FROM evidence_exports", Wrong.MISSING, "its row is gone"),
        ("UPDATE evidence_exports SET reason = '抽查'", Wrong.CHANGED, "not as logged: reason"),
        (FORGED_EXPORT, Wrong.EXTRA, "no leaf"),
    ],
)
async def test_a_forged_act_is_named(
    acted: World, statement: str, wrong: Wrong, words: str
) -> None:
    """OFF-16, AV-35: put in, taken away or changed in the database, whole and of one alert."""
    acted.sql("ALTER TABLE reviews DISABLE TRIGGER USER")
    acted.sql(statement)
    acted.sql("ALTER TABLE reviews ENABLE TRIGGER USER")
    for alert in (None, "a1"):
        found = (await acted.verify(alert)).problems
        assert [p for p in found if p.wrong is wrong and words in p.detail], found
        assert {p.alert_id for p in found} == {"a1"}
