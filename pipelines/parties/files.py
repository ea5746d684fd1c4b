"""Owns what a party may hand in: how much, of which kinds, told by content. Executes nothing.

Originals are stored as they came and never shown. A picture is shown as a copy that a process of
its own decoded and wrote anew (``picture``), without its metadata.
"""

from __future__ import annotations

import asyncio
import os
import sys
import unicodedata
from dataclasses import dataclass

import structlog

from pipelines.vault.types import Vault

log = structlog.get_logger()
MOST_FILES = 6
MOST_BYTES = 10_000_000
MOST_TOGETHER = 30_000_000
_NAME_CHARACTERS = 80
_COPY_TAKES_S = 20
_PIXELS = 60_000_000
_MEMORY = 1_500_000_000

PICTURES = ("image/jpeg", "image/png", "image/webp")


class BadFile(Exception):
    """A file that is not taken; ``code`` is ``too_many``, ``too_large``, ``empty``, ``kind`` or
    ``picture`` (it cannot be decoded), ``name`` is the file's."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(f"{code}: {name}")
        self.code, self.name = code, name


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A file as it came in, its name made harmless."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that lies in the vault; ``picture_sha256`` is its copy for showing, if any."""

    name: str
    sha256: str
    size_bytes: int
    media_type: str
    picture_sha256: str


def checked(files: list[tuple[str, bytes]]) -> list[Handed]:
    """Files by name and content, if all may be taken.

    Raises:
        BadFile: one may not; then none is.
    """
    if len(files) > MOST_FILES:
        raise BadFile("too_many")
    if sum(len(content) for _, content in files) > MOST_TOGETHER:
        raise BadFile("too_large")
    found = []
    for said, content in files:
        name = harmless(said)
        if not content:
            raise BadFile("empty", name)
        if len(content) > MOST_BYTES:
            raise BadFile("too_large", name)
        kind = kind_of(content)
        if not kind:
            raise BadFile("kind", name)
        found.append(Handed(name=name, content=content, media_type=kind))
    return found


def kind_of(content: bytes) -> str:
    """Picture, PDF or MP4 by its first bytes, whatever it is called; empty for all else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return "video/mp4" if content[4:8] == b"ftyp" else ""


def harmless(name: str) -> str:
    """The last part of a name without control characters or marks that turn writing around."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    return kept.strip(" .")[-_NAME_CHARACTERS:] or "file"


async def keep(vault: Vault, files: list[Handed]) -> list[Kept]:
    """Stores files and the copies of pictures.

    Raises:
        BadFile: a picture that cannot be decoded.
        OSError: the vault would not.
    """
    found = []
    for file in files:
        copy_sha256 = ""
        if file.media_type in PICTURES:
            copied = await _copied(file)
            copy_sha256 = (await asyncio.to_thread(vault.put, copied)).sha256
        stored = await asyncio.to_thread(vault.put, file.content)
        kept = Kept(
            name=file.name, sha256=stored.sha256, size_bytes=stored.size_bytes,
            media_type=file.media_type, picture_sha256=copy_sha256,
        )  # fmt: skip
        found.append(kept)
    return found


async def _copied(file: Handed) -> bytes:
    """The picture written anew by a process that may take neither long nor much."""
    made = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pipelines.parties.picture", str(_MEMORY),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "OPENCV_IO_MAX_IMAGE_PIXELS": str(_PIXELS)},
    )  # fmt: skip
    try:
        async with asyncio.timeout(_COPY_TAKES_S):
            copied, said = await made.communicate(file.content)
    except TimeoutError as error:
        raise BadFile("picture", file.name) from error
    finally:
        if made.returncode is None:
            made.kill()
            await made.wait()
    if made.returncode != 0 or not copied:
        log.info("picture_refused", why=said.decode(errors="replace")[-200:])
        raise BadFile("picture", file.name)
    return copied
