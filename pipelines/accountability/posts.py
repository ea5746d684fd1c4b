"""Owns the register of posts: who holds which, under whom, from when to when. Judges nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from detectors.types import digest_id
from pipelines.store import Database, Transaction
from pipelines.transparency.leaf import Kind, Leaf, log

PostName = Literal["handler", "auxiliary", "section_head", "unit_head", "in_charge"]
POSTS: tuple[PostName, ...] = ("handler", "auxiliary", "section_head", "unit_head", "in_charge")
MOST_ROWS = 5000


class NotEntered(Exception):
    """A register's row cannot be taken; the text says which and why."""


class Post(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A post somebody holds.

    Attributes:
        superior: officer id of who may order them about; None: nobody in the register.
        to_ms: exclusive; None: still.
    """

    officer_id: str
    unit_id: str
    post: PostName
    superior: str | None = None
    from_ms: int
    to_ms: int | None = None

    def held(self, at_ms: int) -> bool:
        """Whether it was held at a moment."""
        return self.from_ms <= at_ms and (self.to_ms is None or at_ms < self.to_ms)


class Above(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which unit stands above another (art. 18)."""

    unit_id: str
    superior_id: str
    from_ms: int
    to_ms: int | None = None


class Sheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file of the register holds."""

    posts: tuple[Post, ...] = ()
    units: tuple[Above, ...] = ()


class Posts:
    """The register as it was read; answers for a moment."""

    def __init__(self, posts: Iterable[Post], units: Iterable[Above] = ()) -> None:
        self._posts = sorted(posts, key=lambda p: (p.from_ms, p.officer_id, p.post))
        self._units = sorted(units, key=lambda u: (u.from_ms, u.unit_id))

    def of(self, officer_id: str, at_ms: int) -> list[Post]:
        """The posts that an officer held."""
        return [p for p in self._posts if p.officer_id == officer_id and p.held(at_ms)]

    def auxiliary(self, officer_id: str, at_ms: int) -> bool:
        """Whether all they held was an auxiliary's post."""
        mine = self.of(officer_id, at_ms)
        return bool(mine) and all(p.post == "auxiliary" for p in mine)

    def heads(self, unit_id: str, at_ms: int) -> list[Post]:
        """Section heads, unit heads and in-charge leaders of a unit."""
        return [
            p for p in self._posts
            if p.unit_id == unit_id and p.held(at_ms) and p.post not in ("handler", "auxiliary")
        ]  # fmt: skip

    def superior(self, officer_id: str, at_ms: int) -> str | None:
        """Who was directly above them."""
        return next((p.superior for p in self.of(officer_id, at_ms) if p.superior), None)

    def unit_above(self, unit_id: str, at_ms: int) -> str | None:
        """The unit above a unit."""
        found = [
            u.superior_id for u in self._units
            if u.unit_id == unit_id and u.from_ms <= at_ms and (u.to_ms is None or at_ms < u.to_ms)
        ]  # fmt: skip
        return found[-1] if found else None


def read_sheet(path: Path) -> Sheet:
    """Reads a JSON file of posts and units.

    Raises:
        NotEntered: it is not of that shape, or too long.
    """
    try:
        sheet = msgspec.json.decode(path.read_bytes(), type=Sheet)
    except (msgspec.DecodeError, OSError) as error:
        raise NotEntered(f"{path}: {error}") from error
    if len(sheet.posts) + len(sheet.units) > MOST_ROWS:
        raise NotEntered(f"{path}: more than {MOST_ROWS} rows")
    return sheet


async def enter(database: Database, sheet: Sheet, *, by: str, now_ms: int) -> int:
    """Enters what is new or has come to an end; the same sheet twice changes nothing.

    Raises:
        NotEntered: an officer or unit is not in the register, or the row contradicts itself.
    """
    changed = 0
    async with database.transaction() as tx:
        await _known(tx, sheet)
        for post in sheet.posts:
            changed += await _enter_post(tx, post, by=by, now_ms=now_ms)
        for unit in sheet.units:
            changed += await tx.execute("duty_put_above", **msgspec.structs.asdict(unit))
        if changed:
            body = {"by": by, "posts": len(sheet.posts), "units": len(sheet.units),
                    "changed": changed, "sheet": msgspec.to_builtins(sheet)}  # fmt: skip
            await log(
                tx, Leaf(kind=Kind.REGISTER, subject="officer_posts", at_ms=now_ms, body=body)
            )
    return changed


async def posts(tx: Transaction | Database) -> Posts:
    """The whole register: some hundreds of rows."""
    rows = await tx.rows("duty_posts")
    units = await tx.rows("duty_aboves")
    return Posts((Post(**row) for row in rows), (Above(**row) for row in units))


async def _enter_post(tx: Transaction, post: Post, *, by: str, now_ms: int) -> int:
    if post.superior == post.officer_id:
        raise NotEntered(f"{post.officer_id} cannot be their own superior")
    if post.to_ms is not None and post.to_ms <= post.from_ms:
        raise NotEntered(f"{post.officer_id}: the post ends before it begins")
    post_id = digest_id("post", post.officer_id, post.unit_id, post.post, str(post.from_ms))
    return await tx.execute(
        "duty_put_post", post_id=post_id, entered_by=by, entered_ms=now_ms,
        **msgspec.structs.asdict(post),
    )  # fmt: skip


async def _known(tx: Transaction, sheet: Sheet) -> None:
    officers = {p.officer_id for p in sheet.posts} | {p.superior for p in sheet.posts if p.superior}
    units = {p.unit_id for p in sheet.posts}
    units |= {u.unit_id for u in sheet.units} | {u.superior_id for u in sheet.units}
    await _all_there(tx, "duty_known_officers", officers, "officer")
    await _all_there(tx, "duty_known_units", units, "unit")


async def _all_there(tx: Transaction, statement: str, ids: Iterable[str], what: str) -> None:
    wanted: Sequence[str] = sorted(ids)
    rows = await tx.rows(statement, ids=wanted)
    if missing := sorted(set(wanted) - {row["id"] for row in rows}):
        raise NotEntered(f"the register has no {what} {', '.join(missing)}")
