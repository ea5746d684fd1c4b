"""Random tampers over vault, rows and log: each found, and the thing touched is named."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.contract.evidence import tampering, tampering_log
from tests.contract.evidence.vandal import Tampered, Vandal

if TYPE_CHECKING:
    from pipelines.evidence.report import Report
    from tests.contract.evidence.conftest import World

ACTS = tampering.ACTS + tampering_log.ACTS
T0 = 1_760_000_000_000
ROUNDS = int(os.environ.get("VIGIL_TEST_TAMPERS", "120"))
"""Of the thousand; all of them take minutes and are run before a release."""


async def test_a_thousand_tampers_are_found_and_named(world: World, tmp_path: Path) -> None:
    """AV-35, OFF-13: what was edited, lost or put in is detected, whoever did it."""
    await sealed(world)
    good = await world.verify()
    assert good.ok, good.problems
    missed: list[str] = []
    tried: Counter[str] = Counter()
    with Vandal(world, tmp_path / "another") as vandal:
        for seed in range(ROUNDS):
            with vandal.tampering(ACTS, seed) as done:
                report = await world.verify()
            tried[done.what.partition(" ")[0]] += 1
            if not names(report, done):
                missed.append(f"{seed}: {done} in {[(p.wrong, p.object) for p in report.problems]}")
    assert not missed, f"{len(missed)} of {ROUNDS}: " + "\n".join(missed[:20])
    assert len(tried) > 8, tried
    assert (await world.verify()).ok, "a tamper was not undone"


async def sealed(world: World) -> None:
    """Four alerts, the first with footage, numbered one after the other."""
    world.record(T0 - 3000, told=True)
    for number, alert_id in enumerate(("a1", "a2", "a3", "a4")):
        world.sensor_alert(alert_id, at_ms=T0 + number * 7_200_000)
        await world.seal(alert_id)


def names(report: Report, done: Tampered) -> bool:
    """Whether a problem is about the thing that was touched."""
    texts = [f"{p.object} {p.detail}" for p in report.problems]
    return any(word in text for word in done.named for text in texts)
