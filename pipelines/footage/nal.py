"""Finds parameter sets in compressed frames, which tell when a stream changes its format.

Knows Annex B, as streams have it; in MP4 and Matroska the sets stand outside of the frames.
Source: ITU-T H.264 (08/2021) table 7-1 and Annex B; H.265 (08/2021) table 7-1.
"""

from __future__ import annotations

_START = b"\0\0\1"
_SETS = {"h264": frozenset({7, 8}), "hevc": frozenset({32, 33, 34})}
_HEADS = {"h264": frozenset({6, 9, *_SETS["h264"]}), "hevc": frozenset({35, 39, *_SETS["hevc"]})}


def parameter_sets(codec: str, frame: bytes) -> bytes:
    """The frame's parameter sets in Annex B, in order, each once; empty when it holds none."""
    if codec not in _SETS or not frame.startswith((_START, b"\0" + _START)):
        return b""
    found: list[bytes] = []
    at = frame.find(_START)
    while 0 <= at < len(frame) - len(_START):
        after = frame.find(_START, at + len(_START))
        kind = _kind(codec, frame[at + len(_START)])
        if kind not in _HEADS[codec]:
            break  # a picture: the sets that it needs stand before it
        if kind in _SETS[codec]:
            end = after if after >= 0 else len(frame)
            unit = frame[at + len(_START) : end].rstrip(b"\0")
            if unit not in found:
                found.append(unit)
        at = after
    return b"".join(b"\0" + _START + unit for unit in found)


def _kind(codec: str, first: int) -> int:
    return first & 0x1F if codec == "h264" else first >> 1 & 0x3F
