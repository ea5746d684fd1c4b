"""Kinds of clocks as data: chosen by the day, checked, and never longer than the law."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.clocks.kinds import BadKinds, load
from pipelines.records.working_days import ZONE

OWN = """
[[kind]]
name = "{name}"
version = "own-1"
title = {{ zh = "本区", en = "Ours" }}
valid_from = {since}
length = "{length}"
rest = "stays"
held_by = "unit"
law = {{ zh = "区规定", en = "Our rules" }}
source = "Our rules."
confidence = "V"
length_confidence = "V"
"""
NAMED = (
    "take_on verdict notice_told party_answer rectification review filing decision service payment"
    " clue_receipt clue_result objection hand_over"
)


def at(text: str) -> int:
    """Beijing time as epoch milliseconds."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


def written(folder: Path, text: str) -> Path:
    """A file of one's own."""
    path = folder / "clocks.toml"
    path.write_text(text, "utf-8")
    return path


def test_every_kind_names_law_source_and_how_sure_we_are() -> None:
    """OFF-1, OFF-17: each figure says where it is from, and an unread one says that too."""
    kinds = load()
    assert {kind.name for kind in kinds.kind} >= set(NAMED.split())
    for kind in kinds.kind:
        assert kind.law.zh
        assert kind.law.en
        assert kind.source
        if kind.length_confidence == "eng":
            assert "engineering default" in kind.source, kind.name
    decision = kinds.at("decision", at("2026-03-02T10:00"))
    assert (decision.length, decision.length_confidence, decision.bound) == ("90 days", "V", True)
    assert kinds.at("filing", at("2026-03-02T10:00")).length_confidence == "GK"


def test_the_version_in_force_when_it_began(tmp_path: Path) -> None:
    """OFF-17, OFF-25: a change binds the clocks that begin after it, and no others."""
    path = written(tmp_path, OWN.format(name="filing", since="2026-07-01", length="5 days"))
    kinds = load(path)
    assert kinds.at("filing", at("2026-06-30T23:59:59")).version == "1"
    assert kinds.at("filing", at("2026-07-01T00:00:00")).version == "own-1"
    assert kinds.at("service", at("2026-07-01T00:00:00")).version == "1"


def test_a_new_kind_of_ones_own(tmp_path: Path) -> None:
    """OFF-25: a district may add what it counts; before its first day there is none."""
    path = written(tmp_path, OWN.format(name="sampling", since="2026-07-01", length="2 days"))
    assert load(path).at("sampling", at("2026-07-02T00:00")).title.en == "Ours"
    with pytest.raises(KeyError, match="sampling"):
        load(path).at("sampling", at("2026-06-01T00:00"))


@pytest.mark.parametrize(
    ("name", "length", "why"),
    [
        ("decision", "91 days", "at most 90 days"),
        ("service", "8 working days", "at most 7 working days"),
        ("filing", "soon", "no length"),
        ("filing", "0 days", "no length"),
        ("Filing", "3 days", "lower-case"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    tmp_path: Path, name: str, length: str, why: str
) -> None:
    """OFF-25: and the law's own figure is never lengthened."""
    path = written(tmp_path, OWN.format(name=name, since="2026-07-01", length=length))
    with pytest.raises(BadKinds, match=why):
        load(path)


@pytest.mark.parametrize(
    "spoilt",
    ["kind = 1", "[[kind]]\nname = 'x'", "= ", OWN.format(
        name="a", since="2026-07-01", length="1 days") * 2],
)  # fmt: skip
def test_bad_files(tmp_path: Path, spoilt: str) -> None:
    """OFF-25: malformed, incomplete or doubled is refused with its name."""
    with pytest.raises(BadKinds, match=r"clocks\.toml"):
        load(written(tmp_path, spoilt))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """OFF-25: is said, not taken for an empty one."""
    with pytest.raises(BadKinds, match="nowhere"):
        load(tmp_path / "nowhere.toml")
