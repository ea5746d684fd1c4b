"""The decision on a fresh alert, as a table and as properties over the whole stage."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.types import Phase, Signal
from pipelines import codec
from pipelines.alerts.disposition import FRESH, Around, Candidate, Disposition, disposition
from pipelines.alerts.flapping import STEADY, Flap, found
from pipelines.alerts.fold import Former
from pipelines.alerts.incidents import Found, incidents_of
from pipelines.alerts.inhibit import Lasting
from pipelines.alerts.life import life
from pipelines.alerts.silence import Silence
from pipelines.alerts.stage import AlertsStage, alert_id_of
from pipelines.alerts.states import HELD_BY
from pipelines.stage import Save
from tests.unit.demo.known import DAY_START_MS, demo_registry, on_log

MINUTE = 60_000
AT = DAY_START_MS + 10 * 60 * MINUTE
CAMERA = Candidate(
    alert_id="a", rule_id="area-crowded", severity="medium", site_id="pool-hall",
    subject="pool-camera", thing="t", at_ms=AT,
)  # fmt: skip
COVERED = Lasting(alert_id="blind", rule_id="camera-covered", subject="pool-camera")
SILENCE = Silence(
    silence_id="s", site_id="pool-hall", device_id="", rule_id="", critical=False,
    created_ms=AT - 9, from_ms=AT - 9, to_ms=AT + 9,
)  # fmt: skip
WAITING = Former(alert_id="f", severity="medium", detected_ms=AT - MINUTE, state="open")
FLAPPING = Flap(found_ms=(AT,), since_ms=AT - 2 * MINUTE)


def changed(of: Any, **changes: Any) -> Any:
    names = of.__struct_fields__ if isinstance(of, msgspec.Struct) else of.__dataclass_fields__
    return type(of)(**{name: getattr(of, name) for name in names} | changes)


def held(by: str, ref: str, ground: str) -> Disposition:
    return Disposition(held_by=by, held_ref=ref, ground=ground)


EVERYTHING = Around(lasting=(COVERED,), silences=(SILENCE,), flap=FLAPPING, former=WAITING)
SENSOR = changed(CAMERA, rule_id="pool-ph", subject="p", series_id=2)
SILENT = Lasting(alert_id="quiet", rule_id="sensor-silent", subject="p", series=(1,))
TABLE: dict[str, tuple[Candidate, Around, Disposition]] = {
    "nothing around": (CAMERA, Around(), FRESH),
    "on trial": (changed(CAMERA, staged=True), EVERYTHING, FRESH),
    "what explains it comes first": (
        CAMERA, EVERYTHING, held("inhibited", "blind", "camera_blind"),
    ),
    "then a silence": (CAMERA, changed(EVERYTHING, lasting=()), held("silenced", "s", "silence")),
    "then flapping": (
        CAMERA, changed(EVERYTHING, lasting=(), silences=()), held("flapping", "f", "flapping"),
    ),
    "then the same": (CAMERA, Around(former=WAITING), held("folded", "f", "waiting")),
    "critical is folded, nothing else": (
        changed(CAMERA, severity="critical"), changed(EVERYTHING, former=changed(
            WAITING, severity="critical")), held("folded", "f", "waiting"),
    ),
    "graver than what waits": (
        changed(CAMERA, severity="high"), Around(former=WAITING), Disposition(ground="graver"),
    ),
    "a silence that names critical": (
        changed(CAMERA, severity="critical"), Around(silences=(changed(SILENCE, critical=True),)),
        held("silenced", "s", "silence"),
    ),
    "another site's silence": (
        CAMERA, Around(silences=(changed(SILENCE, site_id="hotel-main"),)), FRESH,
    ),
    "a silence made afterwards": (
        CAMERA, Around(silences=(changed(SILENCE, created_ms=AT + 1),)), FRESH,
    ),
    "a silence that ended before": (
        CAMERA, Around(silences=(changed(SILENCE, ended_ms=AT),)), FRESH,
    ),
    "a silence that ended afterwards": (
        CAMERA, Around(silences=(changed(SILENCE, ended_ms=AT + 1),)),
        held("silenced", "s", "silence"),
    ),
    "a camera fault explains no probe": (SENSOR, Around(lasting=(COVERED,)), FRESH),
    "another series of the device": (SENSOR, Around(lasting=(SILENT,)), FRESH),
    "the same series": (
        changed(SENSOR, series_id=1), Around(lasting=(SILENT,)),
        held("inhibited", "quiet", "sensor_silent"),
    ),
    "silence does not explain silence": (
        changed(SENSOR, rule_id="sensor-silent", series_id=1), Around(lasting=(SILENT,)), FRESH,
    ),
    "flapping, and none of it before the officers": (
        CAMERA, Around(flap=FLAPPING, former=changed(
            WAITING, state="dismissed", detected_ms=AT - 3 * MINUTE, decided_ms=AT - MINUTE,
            reason_code="other")), Disposition(recurs="f", ground="other"),
    ),
    "decided after it was detected": (
        CAMERA, Around(former=changed(WAITING, state="confirmed", decided_ms=AT + 1)),
        held("folded", "f", "waiting"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("candidate", "around", "said"), TABLE.values(), ids=TABLE.keys())
def test_the_decision(candidate: Candidate, around: Around, said: Disposition) -> None:
    """OFF-7: each with a named reason."""
    assert disposition(candidate, around) == said


def test_one_bad_fires_and_two_calm_stretches_clear() -> None:
    """OFF-7: more than four in two hours flap; an hour's rest is not enough, two are."""
    flap, at = STEADY, AT
    for n in range(5):
        flap = found(flap, at + n * MINUTE, life())
        assert (flap.since_ms is not None) == (n == 4)
    at += 4 * MINUTE
    after_one, after_two = (found(flap, at + n * 60 * MINUTE, life()) for n in (1, 2))
    assert after_one.since_ms == AT
    assert after_two == Flap(found_ms=(at + 120 * MINUTE,))


def test_slow_repetition_never_flaps() -> None:
    """OFF-7: what comes once in half an hour is not noise."""
    flap = STEADY
    for n in range(50):
        flap = found(flap, AT + n * 30 * MINUTE, life())
        assert flap.since_ms is None


# --- the whole stage -------------------------------------------------------------------------

KINDS = (
    ("pool-free-chlorine", "pool-probe", "sensor", "high"),
    ("pool-ph", "pool-probe", "sensor", "medium"),
    ("pool-stop-chlorine", "pool-probe", "sensor", "critical"),
    ("camera-covered", "pool-camera", "camera", "high"),
    ("area-crowded", "pool-camera", "camera", "medium"),
    ("post-unattended", "pool-camera", "camera", "high"),
)


def spell(kind: int, start_min: int, lasts_min: int) -> tuple[Signal, Signal]:
    rule, subject, of, severity = KINDS[kind]
    opened = Signal(
        phase=Phase.OPENED, rule_id=rule, rule_version="1", severity=severity, party_id="pool",
        site_id="pool-hall", place="pool-main", subject=subject, start_ms=AT + start_min * MINUTE,
        at_ms=AT + (start_min + 1) * MINUTE, series_id=1 if of == "sensor" else None,
        camera_id=subject if of == "camera" else None,
    )  # fmt: skip
    end = msgspec.structs.replace(
        opened, phase=Phase.CLOSED, at_ms=opened.at_ms + lasts_min * MINUTE
    )
    return opened, end


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Signal], list[Signal]]:
    """What a probe and a camera say in a few hours, each in its own order."""
    spells = draw(
        st.lists(
            st.tuples(st.integers(0, 5), st.integers(0, 240), st.integers(1, 90)),
            min_size=1, max_size=14, unique_by=lambda s: (s[0], s[1]),
        )
    )  # fmt: skip
    signals = sorted(
        (signal for one in spells for signal in spell(*one)),
        key=lambda s: (s.at_ms, s.phase.value, s.spell_id),
    )
    probe = [s for s in signals if s.subject == "pool-probe"]
    return probe, [s for s in signals if s.subject == "pool-camera"]


async def stored(groups: Sequence[Sequence[Signal]]) -> dict[str, Any]:
    """What the tables hold at the end, of all that the stage decides, restarted between groups."""
    stage, kept = AlertsStage(demo_registry()), dict[str, bytes]()
    rows: dict[str, dict[str, Any]] = {}
    incidents: dict[str, str] = {}
    for group in groups:
        sent = [codec.encode(codec.SignalMessage(signal=s, input_at_ms=5)) for s in group]
        messages = [on_log(value, n, "signals") for n, value in enumerate(sent)]
        outcome = await stage.handle(stage.load(kept), messages, now_ms=7)
        kept |= {k: v for k, v in outcome.changed.items() if v is not None}
        for effect in outcome.effects:
            if isinstance(effect, Save):
                _apply(rows, incidents, effect.statement, dict(effect.params))
    live = {row["incident"] for row in rows.values()} - {""}
    assert live == {name for name, into in incidents.items() if not into}
    return rows


def _apply(
    rows: dict[str, dict[str, Any]], incidents: dict[str, str], statement: str, p: dict[str, Any]
) -> None:
    """The statements of alerts.sql that matter here, on dictionaries."""
    if statement == "alerts_insert":
        assert p["alert_id"] not in rows
        rows[p["alert_id"]] = {
            "held": (p["held_by"], p["held_ref"]), "risk": p["risk"], "incident": "", "again": 0,
        }  # fmt: skip
    elif statement == "alerts_again":
        rows[p["alert_id"]]["again"] += 1
    elif statement == "alerts_join":
        rows[p["alert_id"]]["incident"] = p["incident_id"]
    elif statement == "alerts_corroborated":
        rows[p["alert_id"]]["risk"] = p["score"]
    elif statement == "alerts_incident":
        incidents[p["incident_id"]] = ""
    elif statement == "alerts_incident_past":
        incidents[p["incident_id"]] = p["into"]


@settings(max_examples=60, deadline=None)
@given(day=days(), data=st.data())
async def test_order_batching_and_restarts_change_nothing_and_nothing_is_lost(
    day: tuple[list[Signal], list[Signal]], data: st.DataObject
) -> None:
    """OFF-7: however the ways of readings and pictures interleave, in whatever runs, with whatever
    repeats; every spell has its alert, before the officers or held with a reason."""
    probe, camera = day
    plain = await stored([[*probe, *camera]])
    turns = data.draw(st.permutations([0] * len(probe) + [1] * len(camera)))
    ways = (iter(probe), iter(camera))
    mixed = [next(ways[turn]) for turn in turns]
    repeat = data.draw(st.integers(0, len(mixed)))
    mixed = [*mixed[:repeat], *mixed]  # the relay sent the first of them before it was cut off
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(mixed) - 1)), max_size=6)))
    edges = [0, *(c for c in cuts if c < len(mixed)), len(mixed)]
    assert await stored([mixed[a:b] for a, b in pairwise(edges)]) == plain
    opened = {alert_id_of(s) for s in mixed if s.phase is Phase.OPENED}
    assert set(plain) == opened
    for alert_id, row in plain.items():
        by, ref = row["held"]
        assert by in ("", *HELD_BY)
        assert bool(by) == bool(ref)
        if by:  # what explains it is before the officers, and it is not its own reason
            assert plain[ref]["held"] == ("", "")
            assert ref != alert_id
    folded = [row["held"][1] for row in plain.values() if row["held"][0] in ("folded", "flapping")]
    assert sum(row["again"] for row in plain.values()) == len(folded)


@settings(max_examples=60, deadline=None)
@given(
    times=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 400), st.integers(0, 2)), max_size=10
    ),
    data=st.data(),
)
def test_incidents_do_not_depend_on_what_came_first(
    times: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """OFF-7: a function of the set; nothing is in two, none is longer than it may be."""
    findings = [
        Found(
            alert_id=f"a{n}", rule_id=KINDS[kind][0], subject=f"d{device}",
            detected_ms=AT + minute * MINUTE, contributions={},
        )
        for n, (kind, minute, device) in enumerate(times)
    ]  # fmt: skip
    incidents = incidents_of("s", findings, life())
    assert incidents_of("s", data.draw(st.permutations(findings)), life()) == incidents
    members = [one for incident in incidents for one in incident.members]
    assert len(members) == len(set(members))
    at = {one.alert_id: one.detected_ms for one in findings}
    for incident in incidents:
        span = at[incident.members[-1]] - at[incident.members[0]]
        assert span <= life().incidents.longest_ms
        linked = {name for link in incident.links for name in (link.one, link.other)}
        assert linked == set(incident.members)
