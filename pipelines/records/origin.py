"""Judges where a file came from: who signed it, when it was made, what it hides. Pure."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from detectors.figures import clock
from pipelines.footage.boxes import BoxTrack
from pipelines.footage.examine import Examination, Track
from pipelines.records.continuity import RHYTHM_SHARE
from pipelines.records.findings import Finding, found

NEAR_MS = 5 * 60_000
"""So far may the file's time and the claimed one lie apart: nobody starts to the second."""
LOCAL_MS = 8 * 3_600_000
HIDDEN_S = 0.25
"""Less is the encoder's own delay."""
MISSING_S = 0.5
SURE, FAIRLY = 0.9, 0.6
LIKE_LEAST = 3
_SHOWN = 60


class Software(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of ``software.toml``."""

    name: str
    pattern: str
    kind: str
    kind_zh: str
    confidence: float


class Claim(NamedTuple):
    """What the importer says: when it began (None: as the file says), and when it is imported."""

    start_ms: int | None
    imported_ms: int


@cache
def signatures() -> tuple[Software, ...]:
    """Names by which software signs files."""
    path = Path(__file__).parent / "software.toml"
    read = tomllib.loads(path.read_text("utf-8"))["software"]
    return msgspec.convert(read, tuple[Software, ...])


def created_ms(seen: Examination) -> int | None:
    """When the file says it was made, epoch ms; None when it does not."""
    return seen.boxes.created_ms if seen.boxes is not None else None


def judge(seen: Examination, claim: Claim) -> Iterator[Finding]:
    """All findings about where a file came from."""
    yield from _signed(seen)
    yield from _made(seen, claim)
    yield from _whole(seen)
    for track in seen.boxes.tracks if seen.boxes is not None else ():
        yield from _hidden(track)
        if track.handler == "vide" and track.descriptions > 1:
            yield found("descriptions", count=track.descriptions)


def fingerprint(seen: Examination) -> dict[str, str]:
    """How a device builds its files, by trait; the same for every untouched file of a model."""
    made = {"format": seen.format, "tags": " ".join(sorted(seen.tags))}
    if seen.boxes is not None:
        made["brand"], made["boxes"] = seen.boxes.brand, " ".join(seen.boxes.order)
        made["names"] = " / ".join(t.name for t in seen.boxes.tracks)
    if seen.video is not None:
        made["video"] = f"{seen.video.form} {seen.video.told_rate_hz:g}"
        made["keyframes"] = _rhythm(seen.video)
    if seen.audio is not None:
        made["audio"] = seen.audio.form
    return made


def unlike(made: Mapping[str, str], earlier: Sequence[Mapping[str, str]]) -> Iterator[Finding]:
    """Whether a file is built otherwise than the earlier ones of its device.

    Says nothing while there are fewer than three, or where those differ among themselves.
    """
    if len(earlier) < LIKE_LEAST:
        return
    odd = []
    for trait in sorted({*made, *(t for one in earlier for t in one)}):
        usual, times = Counter(one.get(trait, "") for one in earlier).most_common(1)[0]
        if times == len(earlier) and made.get(trait, "") != usual:
            odd.append(f"{trait}: {made.get(trait, '') or '-'} ≠ {usual or '-'}")
    if odd:
        yield found("unlike_device", others=len(earlier), what="; ".join(odd))


def _rhythm(track: Track) -> str:
    lengths = np.diff(np.flatnonzero(track.is_key))
    if not len(lengths):
        return ""
    usual = int(np.median(lengths))
    return str(usual) if (lengths == usual).mean() >= RHYTHM_SHARE else "irregular"


def _signed(seen: Examination) -> Iterator[Finding]:
    marks = [*(seen.video.marks if seen.video else ()), *(seen.audio.marks if seen.audio else ())]
    texts = [*seen.tags.values(), *(mark.text for mark in marks)]
    if seen.boxes is not None:
        texts += [
            w.decode("utf-8", "replace")
            for w in re.findall(rb"[ -~\x80-\xff]{4,}", seen.boxes.words)
        ]
    for one in signatures():
        if (text := _first(one.pattern, texts)) is None:
            continue
        severity = "high" if one.confidence >= SURE else "medium"
        yield found(
            "software", severity=severity if one.confidence >= FAIRLY else "low", name=one.name,
            kind=one.kind, kind_zh=one.kind_zh, text=text, confidence=one.confidence,
        )  # fmt: skip
    for mark in seen.video.marks if seen.video else ():
        if seen.video is not None and mark.at_s > seen.video.start_s + 1:
            at_s = mark.at_s - seen.video.start_s
            yield found("encoder_again", at_s=at_s, text=mark.text[:_SHOWN])


def _first(pattern: str, texts: Iterable[str]) -> str | None:
    for text in texts:
        if match := re.search(pattern, text, re.IGNORECASE):
            return text[match.start() : match.start() + _SHOWN].strip()
    return None


def _made(seen: Examination, claim: Claim) -> Iterator[Finding]:
    made = created_ms(seen)
    if made is None:
        yield found("created_unknown")
        return
    if made > claim.imported_ms + NEAR_MS and made - LOCAL_MS > claim.imported_ms + NEAR_MS:
        yield found("created_later", created=clock(made))
    if claim.start_ms is None:
        return
    if not _near(made, claim.start_ms, seen.duration_s):
        local = _near(made - LOCAL_MS, claim.start_ms, seen.duration_s)
        code = "created_local" if local else "created_elsewhen"
        yield found(code, created=clock(made), claimed=clock(claim.start_ms))


def _whole(seen: Examination) -> Iterator[Finding]:
    """Whether all is there that the index at the front tells of."""
    tracks = seen.boxes.tracks if seen.boxes is not None else ()
    for handler, track in (("vide", seen.video), ("soun", seen.audio)):
        told_s = max((t.media_s for t in tracks if t.handler == handler), default=0.0)
        there_s = track.end_s - track.start_s if track is not None else 0.0
        if told_s - there_s > MISSING_S:
            yield found("cut_off", told_s=told_s, there_s=there_s)
            return


def _near(made_ms: int, start_ms: int, length_s: float) -> bool:
    """Files are dated by their beginning or, by some cameras, by their end."""
    return -NEAR_MS <= made_ms - start_ms <= length_s * 1000 + NEAR_MS


def _hidden(track: BoxTrack) -> Iterator[Finding]:
    shown = sum(edit.shown_s for edit in track.edits if edit.from_s is not None)
    hidden_s = track.media_s - shown
    if track.edits and shown and hidden_s > HIDDEN_S:
        yield found("hidden", track=track.handler, hidden_s=hidden_s)
