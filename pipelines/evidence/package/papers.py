"""Owns the papers of a package: written explanation, index for the file, README. Pure.

What a person must still say or sign is a blank line; nothing is filled in that nobody told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from pipelines.evidence.manifest import Manifest
from pipelines.evidence.package.types import Extraction, People

_CHINA = ZoneInfo("Asia/Shanghai")

# What a file is, for the index of the case file; by its name's beginning.
_PIECES = (
    ("explanation.html", "证据文字说明", "Written explanation"),
    ("manifest.json", "证据清单", "Manifest of the evidence"),
    ("manifest.sig", "证据清单的签名", "Signature of the manifest"),
    ("objects/part-", "原始录像段", "Part of the original recording"),
    ("objects/clip-", "录像片段（未重新编码）", "Clip, copied without re-encoding"),
    ("objects/poster-", "截图（派生）", "Still picture, derived"),
    ("objects/raw-", "设备原始报文", "Original message of the device"),
    ("objects/readings", "读数表（派生）", "Table of readings, derived"),
    ("objects/", "证据对象", "Object of the evidence"),
    ("log/stamps/", "第三方时间戳", "Time stamp of a third party"),
    ("log/", "透明日志证明", "Proof from the transparency log"),
    ("keys/", "公钥", "Public key"),
    ("verify.py", "独立核验程序", "Stand-alone verifier"),
    ("README.md", "说明", "How to check this package"),
    ("package.json", "提取记录", "Record of the extraction"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the papers tell.

    Attributes:
        stored_at: where the originals are kept.
        log_size: leaves of the tree that the proofs are in; ``origin`` is the log's name.
    """

    manifest: Manifest
    manifest_sha256: str
    people: People
    extraction: Extraction
    export_id: str
    key_id: str
    log_size: int
    origin: str
    stored_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file of the package."""

    name: str
    sha256: str
    size_bytes: int

    @property
    def titles(self) -> tuple[str, str]:
        """What it is, in Chinese and English."""
        found = ((zh, en) for start, zh, en in _PIECES if self.name.startswith(start))
        return next(found, ("文件", "File"))


def explanation(facts: Facts) -> bytes:
    """The written explanation (AV-30), to be printed and signed."""
    return _rendered("explanation.html", facts)


def file_index(facts: Facts, pieces: Sequence[Piece]) -> bytes:
    """The index of the pieces (OFF-20), to be printed for the case file."""
    return _rendered("index.html", facts, pieces=pieces)


def index_rows(facts: Facts, pieces: Sequence[Piece]) -> bytes:
    """The same index as CSV, for systems that keep case files."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["number", "name", "title_zh", "title_en", "size_bytes", "sha256", "alert_id"])
    for number, piece in enumerate(pieces, 1):
        row = [piece.name, *piece.titles, piece.size_bytes, piece.sha256, facts.manifest.alert_id]
        writer.writerow([number, *row])
    return text.getvalue().encode()


def readme(facts: Facts) -> bytes:
    """How to check the package."""
    return _rendered("README.md", facts)


def local(time_ms: int | None) -> str:
    """A moment for people: Beijing time, to the second."""
    if time_ms is None:
        return "—"
    return f"{datetime.fromtimestamp(time_ms / 1000, _CHINA):%Y-%m-%d %H:%M:%S} (UTC+8)"


def size(size_bytes: int) -> str:
    """A size for people."""
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 100_000 else f"{size_bytes:,} B"  # noqa: PLR2004


def _rendered(name: str, facts: Facts, **more: object) -> bytes:
    return _templates().get_template(name).render(f=facts, m=facts.manifest, **more).encode()


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    found = Environment(
        loader=loader,
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {"local": local, "size": size}
    return found
