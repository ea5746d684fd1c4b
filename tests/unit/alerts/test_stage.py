"""The alerts stage: signals in, one alert per place, rule and spell; twice is once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.types import Phase, Signal
from pipelines import codec, topics
from pipelines.alerts.stage import RECURRENCE_MS, AlertsStage, alert_id_of
from pipelines.demo.authority import EXPIRED, WITHOUT_CONSENT
from pipelines.registry.snapshot import Registry
from pipelines.stage import Effect, Emit, Refuse, Save
from tests.unit.demo.known import DAY_START_MS, demo_registry, on_log

STAGE = AlertsStage(demo_registry())
AT = DAY_START_MS + 10 * 3600 * 1000
MINUTE = 60_000

OPENED = Signal(
    phase=Phase.OPENED, rule_id="pool-free-chlorine", rule_version="1", severity="high",
    party_id="pool", site_id="pool-hall", place="pool-main", subject="pool-probe",
    start_ms=AT, at_ms=AT + 10 * MINUTE, unit="mg/L", value=0.2, low=0.3, high=1.0, series_id=1,
)  # fmt: skip


def changed(signal: Signal, **changes: Any) -> Signal:
    return msgspec.structs.replace(signal, **changes)


CLOSED = changed(OPENED, phase=Phase.CLOSED, at_ms=AT + 70 * MINUTE, value=0.15)


async def run(
    groups: Sequence[Sequence[Signal]], stage: AlertsStage = STAGE, *, input_at_ms: int = 5
) -> list[Effect]:
    """Effects of groups of signals, the state stored and reloaded between."""
    stored: dict[str, bytes] = {}
    effects: list[Effect] = []
    for group in groups:
        messages = [
            on_log(
                codec.encode(codec.SignalMessage(signal=s, input_at_ms=input_at_ms)), n, "signals"
            )
            for n, s in enumerate(group)
        ]
        outcome = await stage.handle(stage.load(stored), messages, now_ms=77)
        effects += outcome.effects
        for key, value in outcome.changed.items():
            assert value is not None
            stored[key] = value
    return effects


def saved(effects: Sequence[Effect], statement: str) -> list[dict[str, Any]]:
    return [dict(e.params) for e in effects if isinstance(e, Save) and e.statement == statement]


def one_by_one(*signals: Signal) -> list[list[Signal]]:
    return [[signal] for signal in signals]


async def test_an_opened_spell_is_an_alert_and_sent_to_be_sealed() -> None:
    effects = await run([[OPENED]])
    (alert,) = saved(effects, "alerts_insert")
    assert alert["alert_id"] == alert_id_of(OPENED)
    assert (alert["detected_ms"], alert["stored_at_ms"], alert["input_at_ms"]) == (
        AT + 10 * MINUTE, 77, 5,
    )  # fmt: skip
    assert (alert["value"], alert["low"], alert["high"], alert["unit"]) == (0.2, 0.3, 1.0, "mg/L")
    (sent,) = [effect for effect in effects if isinstance(effect, Emit)]
    assert (sent.topic, sent.key) == (topics.ALERTS, b"pool-hall")
    assert codec.decode(sent.value, codec.AlertMessage).alert_id == alert["alert_id"]
    (risk,) = saved(effects, "alerts_risk")
    assert risk["score"] == alert["risk"] > 0
    assert sum(risk["contributions"].values()) == pytest.approx(risk["score"], abs=1e-3)


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_signal_twice_is_once(together: bool) -> None:
    four = [OPENED, OPENED, CLOSED, CLOSED]
    once = await run([[OPENED], [CLOSED]])
    again = await run([four] if together else one_by_one(*four))
    assert again == once


async def test_a_closed_spell_ends_its_alert_with_the_worst_value() -> None:
    effects = await run([[OPENED], [CLOSED]])
    assert saved(effects, "alerts_end") == [
        {"alert_id": alert_id_of(OPENED), "end_ms": AT + 70 * MINUTE, "value": 0.15}
    ]
    assert [e["action"] for e in saved(effects, "alerts_event")] == ["detected", "ended"]


async def test_an_end_that_overtook_its_beginning_is_kept_for_it() -> None:
    """The relay may repeat after an outage: 2, then 1, 2, 3. An event must not name no alert."""
    early = await run([[CLOSED]])
    assert [e.statement for e in early if isinstance(e, Save)] == ["alerts_signal"]
    effects = await run([[CLOSED], [OPENED], [CLOSED]])
    assert len(saved(effects, "alerts_insert")) == 1
    assert [e["end_ms"] for e in saved(effects, "alerts_end")] == [AT + 70 * MINUTE]


SILENT = [
    changed(OPENED, rule_id="sensor-silent", series_id=series, value=None, low=None, high=None)
    for series in (1, 2, 3)
]
BACK = [
    changed(signal, phase=Phase.CLOSED, at_ms=AT + (80 + n) * MINUTE)
    for n, signal in enumerate(SILENT)
]


async def test_three_series_silent_at_once_are_one_alert() -> None:
    effects = await run([SILENT])
    assert len(saved(effects, "alerts_insert")) == 1
    assert len(saved(effects, "alerts_signal")) == 3
    assert len([effect for effect in effects if isinstance(effect, Emit)]) == 1


async def test_it_ends_only_when_all_three_are_back() -> None:
    assert saved(await run([SILENT, BACK[:2]]), "alerts_end") == []
    effects = await run([SILENT, BACK[:1], BACK[1:]])
    assert [end["end_ms"] for end in saved(effects, "alerts_end")] == [BACK[2].at_ms]


@settings(max_examples=30, deadline=None)
@given(
    order=st.permutations(range(6)),
    cuts=st.lists(st.integers(1, 11), max_size=6),
    twice=st.booleans(),
)
async def test_neither_order_nor_grouping_nor_repeats_make_two_alerts(
    order: list[int], cuts: list[int], twice: bool
) -> None:
    signals = [[*SILENT, *BACK][n] for n in order] * (2 if twice else 1)
    edges = [0, *sorted({c for c in cuts if c < len(signals)}), len(signals)]
    groups = [signals[a:b] for a, b in pairwise(edges)]
    effects = await run(groups)
    assert len(saved(effects, "alerts_insert")) == 1
    assert len(saved(effects, "alerts_signal")) == 6
    assert saved(effects, "alerts_end")
    first_event = saved(effects, "alerts_event")[0]
    assert first_event["action"] == "detected"


DIFFERENT = {
    "rule": {"rule_id": "pool-ph"},
    "version of the rule": {"rule_version": "2"},
    "site": {"site_id": "hotel-main"},
    "place": {"place": "pool-children"},
    "device": {"subject": "pool-camera"},
    "zone": {"zone_id": "pool-deck"},
    "beginning": {"start_ms": AT + 1},
}


@pytest.mark.parametrize("changes", DIFFERENT.values(), ids=DIFFERENT.keys())
async def test_what_differs_is_another_alert(changes: dict[str, Any]) -> None:
    effects = await run([[OPENED, changed(OPENED, **changes)]])
    assert len({alert["alert_id"] for alert in saved(effects, "alerts_insert")}) == 2


GRADES = {
    "all papers": ("pool-probe", "evidence", []),
    "no consent": (WITHOUT_CONSENT, "lead", ["missing:installation_consent"]),
    "expired": (EXPIRED, "lead", ["expired:verification_certificate"]),
    "no papers at all": (
        "unknown-device", "nothing",
        [
            "missing:verification_certificate", "missing:installation_consent",
            "missing:evidentiary_notice", "missing:public_sign", "missing:published_location",
            "missing:legal_review", "missing:technical_review", "missing:clock_check", "not_placed",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("device", "grade", "reasons"), GRADES.values(), ids=GRADES.keys())
async def test_papers_decide_the_grade(device: str, grade: str, reasons: list[str]) -> None:
    (alert,) = saved(await run([[changed(OPENED, subject=device)]]), "alerts_insert")
    assert (alert["grade"], alert["grade_reasons"]) == (grade, reasons)


async def test_papers_count_as_of_the_beginning_of_the_spell() -> None:
    registry = demo_registry()
    facts = registry.facts["pool-probe"]
    ended = tuple(msgspec.structs.replace(one, valid_to_ms=AT + 1) for one in facts.documents)
    stage = AlertsStage(
        Registry(
            series=registry.series, by_device=registry.by_device, scenes=registry.scenes,
            facts={"pool-probe": msgspec.structs.replace(facts, documents=ended)},
        )
    )  # fmt: skip
    before, after = (changed(OPENED, start_ms=start) for start in (AT, AT + 1))
    alerts = saved(await run([[before, after]], stage), "alerts_insert")
    assert [alert["grade"] for alert in alerts] == ["evidence", "lead"]


async def recurrence(*gaps_ms: int) -> float:
    """Recurrence points of the last of alerts with these gaps between them."""
    signals, at = [OPENED], OPENED.at_ms
    for gap in gaps_ms:
        at += gap
        signals.append(changed(OPENED, start_ms=at - MINUTE, at_ms=at))
    rows = saved(await run(one_by_one(*signals)), "alerts_risk")
    assert len(rows) == len(signals)
    return float(rows[-1]["contributions"]["recurrence"])


async def test_recurrence_raises_risk_for_thirty_days() -> None:
    first, second, third = [await recurrence(*[60 * MINUTE] * count) for count in range(3)]
    assert first == 0 < second < third
    assert await recurrence(RECURRENCE_MS) == second
    assert await recurrence(RECURRENCE_MS + 1) == 0


async def test_another_rule_or_site_is_no_recurrence() -> None:
    others = [
        changed(OPENED, rule_id="pool-ph", at_ms=OPENED.at_ms + MINUTE),
        changed(OPENED, site_id="hotel-main", at_ms=OPENED.at_ms + MINUTE),
    ]
    rows = saved(await run([[OPENED, *others]]), "alerts_risk")
    assert [row["contributions"]["recurrence"] for row in rows] == [0, 0, 0]


@pytest.mark.parametrize("value", [b"", b"noise", codec.encode(codec.AlertMessage(alert_id="a"))])
async def test_what_is_no_signal_is_refused(value: bytes) -> None:
    outcome = await STAGE.handle(STAGE.load({}), [on_log(value)], now_ms=0)
    (refusal,) = outcome.effects
    assert isinstance(refusal, Refuse)
    assert refusal.original == value


async def test_a_camera_signal_takes_its_site_from_the_scene() -> None:
    seen = changed(OPENED, rule_id="crowding", subject="pool-camera", series_id=None,
                   camera_id="pool-camera", zone_id="pool-deck", low=None, high=None)  # fmt: skip
    (alert,) = saved(await run([[seen]]), "alerts_insert")
    assert (alert["device_id"], alert["series_id"]) == ("pool-camera", None)
