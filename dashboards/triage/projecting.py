"""Owns turning a stored film or picture into what is shown: marked pieces, made when asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool

from dashboards.triage.site import Site
from models.picture import UnreadablePicture
from pipelines.access.stamp import Stamp, stamped_jpeg
from pipelines.browse.shelf import Failed, Preparing, Ready
from pipelines.errors import Transient
from pipelines.footage.segment import MIME, Film, film_of, segment
from pipelines.footage.types import UnreadableVideo

PIECE_S = 2.0
_PICTURE = "image/jpeg"
Made = TypeVar("Made")


class NotReady(Exception):
    """The copy is being made; ask again soon."""


def shows(media_type: str) -> bool:
    """Whether there is anything to look at in an object of this type."""
    return media_type.startswith("video/") or media_type == _PICTURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A film or picture: the sealed original, or its copy with hidden faces.

    Every method raises ``NotReady`` while the copy is made, and ``HTTPException``: 410 the original
    is gone, 422 it cannot be decoded, 503 the vault or the copy cannot be had now.

    Attributes:
        sha256: of the original, whichever is shown.
    """

    site: Site
    sha256: str
    media_type: str
    form: str

    @property
    def is_film(self) -> bool:
        """Whether it moves."""
        return self.media_type.startswith("video/")

    @property
    def mime(self) -> str:
        """What a player must be able to play."""
        return MIME if self.is_film else _PICTURE

    async def film(self) -> Film | None:
        """What a player must know of a film; None for a picture that can be shown."""
        return await self._with_file(film_of if self.is_film else _nothing)

    async def piece(self, number: int, *, officer_id: str, view_id: str) -> bytes:
        """A piece of the film, or the picture (piece 0), with the marks of a look; 404 after it."""
        stamp = Stamp(
            officer_id=officer_id, original=self.sha256, form=self.form, view_id=view_id,
            began_ms=self.site.clock(),
        )  # fmt: skip
        if not self.is_film:
            return await self._with_file(lambda path: stamped_jpeg(path.read_bytes(), stamp))
        async with self.site.projector:  # each takes a core: who looks must not starve who seals
            made = await self._with_file(lambda path: _cut(path, number, stamp))
        if made is None:
            raise HTTPException(404, "object")
        return made

    async def _with_file(self, use: Callable[[Path], Made]) -> Made:
        copy = self._copy()

        def used() -> Made:
            with ExitStack() as stack:
                path = copy or stack.enter_context(self.site.reels.file(self.sha256))
                return use(path)

        try:
            return await run_in_threadpool(used)
        except FileNotFoundError as error:
            raise HTTPException(410, "object_gone") from error
        except Transient as error:
            raise HTTPException(503, "vault_unreachable", {"Retry-After": "10"}) from error
        except (UnreadableVideo, UnreadablePicture) as error:
            raise HTTPException(422, "unreadable") from error

    def _copy(self) -> Path | None:
        """The copy's file; None where the original is to be shown."""
        if self.form == "original":
            return None
        match self.site.copies.ask(self.sha256, self.media_type):
            case Ready(path):
                return path
            case Preparing():
                raise NotReady
            case Failed(why):
                raise HTTPException(503, why or "no_copy", {"Retry-After": "60"})


def _nothing(_path: Path) -> None:
    return None


def _cut(path: Path, number: int, stamp: Stamp) -> bytes | None:
    film, from_s = film_of(path), number * PIECE_S
    if not 0 <= from_s < film.duration_s:
        return None
    says = {"title": "Vigil: derivative 衍生件", "comment": stamp.says}
    to_s = min(from_s + PIECE_S, film.duration_s)
    return segment(path, from_s, to_s, paint=stamp.paint, says=says)
