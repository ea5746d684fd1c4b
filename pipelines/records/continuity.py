"""Judges whether a recording runs on: times, the encoder's counts, keyframes, repetition. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.footage.examine import Examination, Track
from pipelines.records.findings import Finding, found

PAUSE_S, PAUSE_STEPS = 0.5, 8
"""A step this long, and so many times the usual one, is a pause and not a dropped picture."""
DIFFER_S, DIFFER_SHARE = 0.5, 0.01
RHYTHM_SHARE, RHYTHM_LEAST = 0.8, 4
"""From what share of equal keyframe intervals on the others are odd, and how many there must be."""
REPEATED_RUN, TINY_BYTES = 3, 64
RETIMED = 0.02
WINDOW_KEYS, RATE_TIMES = 6, 3.0
_MOST_ODD = 0.2  # an encoder that counts so oddly says nothing by it


def judge(seen: Examination) -> Iterator[Finding]:
    """All findings about how a recording runs on."""
    if seen.broken:
        yield found("broken_end", why=seen.broken)
    if seen.video is not None and len(seen.video.time_s) > 1:
        video = seen.video
        yield from _steps(video)
        yield from _counts(video)
        yield from _keyframes(video)
        yield from _repeated(video, "repeated", "pictures")
        yield from (found("sets_changed", at_s=at - video.start_s) for at in video.sets_s)
        yield from _retimed(video)
        yield from _rate(video)
    if seen.audio is not None:
        yield from _sound(seen.audio)
    if seen.video is not None and seen.audio is not None:
        yield from _lengths(seen.video, seen.audio)


def usual_step_s(track: Track) -> float:
    """The median step between packets; 0 for fewer than two."""
    steps = np.diff(track.decode_s)
    return float(np.median(steps)) if len(steps) else 0.0


def pauses(track: Track) -> list[tuple[float, float]]:
    """Stretches without pictures: when each begins (s from the track's start) and its length, s."""
    usual = usual_step_s(track)
    steps = np.diff(track.decode_s)
    odd = np.flatnonzero(steps > max(PAUSE_S, PAUSE_STEPS * usual))
    begin = track.decode_s[0] - usual if len(track.decode_s) else 0.0
    return [(float(track.decode_s[i] - begin), float(steps[i] - usual)) for i in odd]


def _steps(track: Track) -> Iterator[Finding]:
    usual = usual_step_s(track)
    for at_s, gap_s in pauses(track):
        yield found("time_gap", at_s=at_s, gap_s=gap_s, usual_s=usual)
    steps = np.diff(track.decode_s)
    for i in np.flatnonzero(steps < 0):
        yield found("time_back", at_s=_at(track, i), back_s=float(-steps[i]))


def _sound(track: Track) -> Iterator[Finding]:
    steps = np.diff(track.time_s)
    usual = usual_step_s(track)
    for i in np.flatnonzero(steps > max(0.2, 4 * usual)):
        yield found("sound_gap", at_s=_at(track, i), gap_s=float(steps[i] - usual))
    yield from _repeated(track, "sound_repeated", "packets")


def _lengths(video: Track, audio: Track) -> Iterator[Finding]:
    start, end = audio.start_s - video.start_s, audio.end_s - video.end_s
    length = max(video.end_s - video.start_s, audio.end_s - audio.start_s)
    if abs(start) > DIFFER_S or abs(end) > max(DIFFER_S, DIFFER_SHARE * length):
        yield found("tracks_differ", start_s=start, end_s=end)


def _counts(track: Track) -> Iterator[Finding]:
    """Where the encoder's ``frame_num`` jumps: pictures that others refer to are gone."""
    holes: list[tuple[int, int]] = []
    before: int | None = None
    for i, now in enumerate(track.counted):
        if now is None:
            before = None
            continue
        if now.idr is None and before is not None:
            missing = (now.frame_num - before - 1) % now.modulo
            if missing and missing != now.modulo - 1:  # the second field counts as the first
                holes.append((i, missing))
        if now.referred:
            before = now.frame_num
    if len(holes) <= _MOST_ODD * len(track.counted):
        for i, missing in holes:
            yield found("missing_pictures", at_s=_at(track, i), missing=missing)


def _keyframes(track: Track) -> Iterator[Finding]:
    keys = np.flatnonzero(track.is_key)
    if not track.is_key[0]:
        yield found("begins_within", at_s=0.0)
    lengths = np.diff(keys)
    if len(lengths) >= RHYTHM_LEAST:
        usual = int(np.median(lengths))
        odd = np.flatnonzero(lengths != usual)
        if len(odd) <= (1 - RHYTHM_SHARE) * len(lengths):
            for i in odd:
                at_s = _at(track, int(keys[i + 1]))
                yield found("keyframe_rhythm", at_s=at_s, pictures=int(lengths[i]), usual=usual)
    yield from _order(track, keys)


def _order(track: Track, keys: NDArray[np.intp]) -> Iterator[Finding]:
    """Where the numbers of IDR pictures leave the order that the encoder keeps elsewhere."""
    counted = [(int(i), track.counted[i]) for i in keys] if track.counted else []
    ids = [(i, one.idr) for i, one in counted if one is not None and one.idr is not None]
    if len(ids) <= RHYTHM_LEAST:
        return
    most = max(number for _, number in ids) + 1
    steps = [(after - before) % most for (_, before), (_, after) in pairwise(ids)]
    usual = max(set(steps), key=steps.count)
    odd = [n for n, step in enumerate(steps) if step != usual]
    if not usual or len(odd) > (1 - RHYTHM_SHARE) * len(steps):
        return
    for n in odd:
        at_s = _at(track, ids[n + 1][0])
        yield found("keyframe_order", at_s=at_s, before=ids[n][1], after=ids[n + 1][1])


def _repeated(track: Track, code: str, counts: str) -> Iterator[Finding]:
    first: dict[int, int] = {}
    run, came = 0, -1
    for i, digest in enumerate([*track.digest.tolist(), -1]):
        big = i < len(track.digest) and track.size_bytes[i] >= TINY_BYTES
        earlier = first.setdefault(digest, i) if big else i
        if earlier < i and (run == 0 or earlier == came + 1):
            run, came = run + 1, earlier
            continue
        if run >= REPEATED_RUN:
            begun = float(track.time_s[came - run + 1] - track.start_s)
            measured: dict[str, Any] = {counts: run}
            yield found(code, at_s=_at(track, i - run), first_s=begun, **measured)
        run, came = (1, earlier) if earlier < i else (0, -1)


def _retimed(track: Track) -> Iterator[Finding]:
    usual = usual_step_s(track)
    if not usual or not track.told_rate_hz:
        return
    rate = 1 / usual
    ratio = rate / track.told_rate_hz
    if abs(ratio - 1) > RETIMED:
        twice = any(abs(ratio / k - 1) <= RETIMED for k in (0.5, 2))  # fields told for frames
        yield found(
            "retimed", severity="low" if twice else "", rate=float(rate),
            told=float(track.told_rate_hz),
        )  # fmt: skip


def _rate(track: Track) -> Iterator[Finding]:
    """The one place where the size of keyframes changes most, if it stays changed."""
    keys = np.flatnonzero(track.is_key)
    sizes = track.size_bytes[keys].astype(np.float64)
    best, best_ratio = 0, 1.0
    for i in range(WINDOW_KEYS, len(keys) - WINDOW_KEYS + 1):
        before, after = sizes[i - WINDOW_KEYS : i], sizes[i : i + WINDOW_KEYS]
        low, high = sorted((before, after), key=np.median)
        ratio = float(high.min() / max(low.max(), 1.0))
        if ratio > best_ratio:
            best, best_ratio = i, ratio
    if best_ratio >= RATE_TIMES:
        yield found(
            "rate_break", at_s=_at(track, int(keys[best])),
            before=_kb_s(track, keys[best - WINDOW_KEYS], keys[best]),
            after=_kb_s(track, keys[best], keys[min(best + WINDOW_KEYS, len(keys)) - 1]),
        )  # fmt: skip


def _kb_s(track: Track, first: int, last: int) -> float:
    length = float(track.decode_s[last] - track.decode_s[first])
    return float(track.size_bytes[first:last].sum()) / 1000 / length if length else 0.0


def _at(track: Track, i: int | np.intp) -> float:
    return float(track.time_s[i] - track.start_s)
