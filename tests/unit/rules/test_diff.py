"""How two judgements are compared: by table of one spell before and one after."""

from __future__ import annotations

import msgspec
import pytest

from detectors.types import Phase, Signal
from pipelines.rules.diff import EVER_MS, diff_of
from pipelines.rules.spells import Spell, spells_of

SPELL = Spell(
    rule_id="r", rule_version="1", severity="high", site_id="s", place="p", subject="d",
    series_id=1, staged=False, unit="mg/L", start_ms=100, found_ms=200, end_ms=300, value=0.1,
    opening={"median": 0.1},
)  # fmt: skip


def but(**changes: object) -> Spell:
    return msgspec.structs.replace(SPELL, **changes)


@pytest.mark.parametrize(
    ("after", "how"),
    [
        (but(), ()),
        (but(rule_version="2", opening={"median": 0.1, "lasts_s": 60.0}), ()),
        (but(start_ms=90), ("starts_earlier",)),
        (but(start_ms=110, found_ms=210), ("starts_later", "found_later")),
        (but(found_ms=150), ("found_earlier",)),
        (but(end_ms=400), ("longer",)),
        (but(end_ms=None), ("longer",)),
        (but(end_ms=250), ("shorter",)),
        (but(severity="low", staged=True), ("severity", "staged")),
        (but(value=0.05), ("value",)),
        (but(opening={"median": 0.2}), ("arithmetic",)),
    ],
)
def test_one_finding_in_both(after: Spell, how: tuple[str, ...]) -> None:
    diff = diff_of([SPELL], [after], from_ms=0, to_ms=EVER_MS)
    assert [change.how for change in diff.changed] == ([how] if how else [])
    assert (diff.same, diff.any) == (0 if how else 1, bool(how))


@pytest.mark.parametrize(
    "after",
    [
        but(start_ms=301, found_ms=400, end_ms=500),
        but(rule_id="q"),
        but(series_id=2),
        but(place="q"),
    ],
)
def test_other_findings_are_gone_and_new(after: Spell) -> None:
    diff = diff_of([SPELL], [after], from_ms=0, to_ms=EVER_MS)
    assert (diff.gone, diff.new, diff.changed, diff.same) == ([SPELL], [after], [], 0)
    assert sum(count.gone + count.new for count in diff.rules.values()) == 2


def test_one_spell_that_becomes_two_is_changed_and_new() -> None:
    halves = [but(end_ms=150), but(start_ms=200, found_ms=250)]
    diff = diff_of([SPELL], halves, from_ms=0, to_ms=EVER_MS)
    assert [change.after for change in diff.changed] == halves[:1]
    assert diff.new == halves[1:]


def test_bags_of_one_room_overlap_and_are_told_apart_by_their_start() -> None:
    bags = [but(start_ms=start, end_ms=None) for start in (100, 110, 120)]
    diff = diff_of(bags, bags[1:], from_ms=0, to_ms=EVER_MS)
    assert (diff.gone, diff.new, diff.changed, diff.same) == (bags[:1], [], [], 2)


def test_only_what_starts_within_is_compared() -> None:
    early, late = but(start_ms=10, end_ms=20), but(start_ms=500, end_ms=600)
    diff = diff_of([early, SPELL, late], [], from_ms=50, to_ms=500)
    assert diff.gone == [SPELL]


def test_signals_fold_into_spells_whatever_their_order() -> None:
    opened = Signal(
        phase=Phase.OPENED, rule_id="r", rule_version="1", severity="high", party_id="",
        site_id="s", place="p", subject="d", start_ms=100, at_ms=200, value=0.1,
        inputs={"median": 0.1},
    )  # fmt: skip
    closed = msgspec.structs.replace(
        opened, phase=Phase.CLOSED, at_ms=900, value=0.05, inputs={"good_for_s": 0.3}
    )
    (spell,) = spells_of([closed, opened, opened])
    assert (spell.found_ms, spell.end_ms, spell.value) == (200, 600, 0.05)
    (lasting,) = spells_of([opened, closed], until_ms=800)
    assert (lasting.end_ms, lasting.value) == (None, 0.1)
