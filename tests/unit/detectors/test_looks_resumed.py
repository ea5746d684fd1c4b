"""Tracks and rules over looks: stored and loaded between any two looks, the same comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.catalogue import Catalogue, bundled
from detectors.tracking import Tracks, track
from detectors.types import FaceCover, Look, OpeningHours, Signal, Zone
from detectors.vision import CameraState, decode_camera, encode_camera, step_camera
from tests.unit.detectors.faces import Face, a_look_at
from tests.unit.detectors.looks import a_scene
from tests.unit.detectors.yard import Yard, picture

_WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_KINDS = ("closed", "post", "crowd", "waste", "clinical", "bins")
_SCENE = a_scene(
    *(Zone(zone_id=kind, kind=kind, polygon=_WHOLE, limit=1) for kind in _KINDS),
    hours=OpeningHours.daily(360, 1320),
)
_QUICK = {"stay_s": 3.0, "still_s": 3.0, "looks_min": 2.0, "looks_n": 3.0}
# The bundled rules over people and things, quick enough to open and close within a few looks.
_CATALOGUE = Catalogue(
    tuple(
        msgspec.structs.replace(
            entry,
            lasts_s=min(entry.lasts_s, 1),
            clears_s=min(entry.clears_s, 1),
            parameters={k: _QUICK.get(k, v) for k, v in entry.parameters.items()},
        )
        for entry in bundled().entries
        if entry.kind == "vision" and entry.kind_of_finding == "lead"
    )
)
_FACE = st.builds(
    Face,
    cover=st.sampled_from(FaceCover),
    at=st.sampled_from([(0.2, 0.3), (0.22, 0.31), (0.7, 0.4)]),
    score=st.sampled_from([0.3, 0.8]),
    body=st.booleans(),
)
_SEEN = st.tuples(
    st.sampled_from([200, 500, 1000, 3000, 25_000]),
    st.lists(_FACE, max_size=2),
    st.booleans(),
)


@dataclass(kw_only=True)
class _Worker:
    """What a worker holds of one camera, and what it has said."""

    tracks: Tracks | None
    rules: CameraState | None
    said: list[Signal]

    def judge(self, look: Look) -> None:
        self.tracks, seen = track(self.tracks, look)
        self.rules, found = step_camera(self.rules, seen, _SCENE, _CATALOGUE)
        self.said += found

    def killed(self) -> _Worker:
        """Another, from what this one stored."""
        tracks = msgspec.msgpack.decode(msgspec.msgpack.encode(self.tracks), type=Tracks)
        assert self.rules is not None
        rules = decode_camera(encode_camera(self.rules))
        return _Worker(tracks=tracks, rules=rules, said=self.said)


def _looks(steps: list[tuple[int, list[Face], bool]]) -> list[Look]:
    looks, at_ms = [], 0
    for n, (gap_ms, faces, bag) in enumerate(steps):
        at_ms += gap_ms
        look = a_look_at(at_ms / 1000, *faces)
        yard = Yard(bags=((80, 52, 90, 62),) if bag else ())
        looks.append(replace(look, luma=picture(yard, n)))
    return looks


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(_SEEN, min_size=4, max_size=25))
def test_a_worker_killed_at_every_look_says_what_one_that_lives_says(
    steps: list[tuple[int, list[Face], bool]],
) -> None:
    """OFF-7: signals and what is stored at the end do not depend on when a worker was killed."""
    lives = _Worker(tracks=None, rules=None, said=[])
    dies = _Worker(tracks=None, rules=None, said=[])
    for look in _looks(steps):
        lives.judge(look)
        dies.judge(look)
        dies = dies.killed()
    assert dies.said == lives.said
    assert dies.tracks == lives.tracks
    assert dies.rules == lives.rules


def test_the_looks_above_open_spells_of_every_rule() -> None:
    """Otherwise the property would hold of nothing."""
    steps: list[tuple[int, list[Face], bool]] = [(500, [], False)] * 10
    for cover in (FaceCover.NO_MASK, FaceCover.BADLY_WORN):
        pair = [Face(cover=cover), Face(cover=cover, at=(0.7, 0.4))]
        steps += [(500, pair, False)] * 12 + [(500, [], True)] * 20
    worker = _Worker(tracks=None, rules=None, said=[])
    for look in _looks(steps):
        worker.judge(look)
    assert {s.rule_id for s in worker.said} == {entry.id for entry in _CATALOGUE.entries}
