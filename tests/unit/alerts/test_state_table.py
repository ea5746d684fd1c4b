"""One table for code and docs: ARCHITECTURE.md shows what the code says."""

from __future__ import annotations

from pathlib import Path

from detectors.catalogue import bundled
from pipelines.alerts.inhibit import inhibiting
from pipelines.alerts.life import ANY, life
from pipelines.alerts.state_table import HELD, MEANING, markdown
from pipelines.alerts.states import HELD_BY, MOVES, REASON_CODES, STATES

ROOT = Path(__file__).parents[3]
RULES = {entry.id for entry in bundled().entries}


def test_architecture_shows_the_table() -> None:
    """Paste what ``markdown()`` gives between the two marks when this fails."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("<!-- alert-states -->")
    shown, end, _ = rest.partition("<!-- /alert-states -->")
    assert end
    assert shown.strip() == markdown()


def test_the_table_leaves_nothing_out() -> None:
    """Every state, move and reason is in it."""
    assert set(MEANING) == set(STATES)
    assert set(HELD) == set(HELD_BY)
    assert all(f"| `{name}` |" in markdown() for name in (*STATES, *MOVES, *HELD_BY))


def test_every_way_of_deciding_says_what_comes_next() -> None:
    """OFF-7: no decision is without its row, so the next finding is never a matter of luck."""
    assert set(life().decided) == {"confirmed", *REASON_CODES}


def test_the_rules_that_are_named_exist() -> None:
    """OFF-7: a rule that was renamed is not forgotten in a table."""
    rows = life()
    named = {rule for row in rows.inhibits for rule in (*row.by, *row.held)} - {ANY}
    named |= {rule for pair in rows.pairs for rule in (*pair.one, *pair.other)}
    assert named | set(rows.fold.whole_device) <= RULES
    assert len({pair.name for pair in rows.pairs}) == len(rows.pairs)


def test_a_camera_that_cannot_see_holds_every_rule_about_its_scene() -> None:
    """OFF-11: a new rule about what a camera sees is named in the table, or this fails."""
    blind = next(row for row in life().inhibits if row.name == "camera_blind")
    scene = {
        entry.id
        for entry in bundled().entries
        if entry.kind == "vision" and not entry.id.startswith("camera-")
    }
    assert scene <= set(blind.held)
    assert not inhibiting(life()) & scene
