"""An authority with a unit above, officers in posts, an alert with a history, and its records."""

from __future__ import annotations

from typing import Any

import psycopg

from pipelines.access.policy import Actor
from pipelines.accountability.book import do_act
from pipelines.accountability.fold import Entry
from pipelines.accountability.posts import Above, Post, Sheet, enter
from pipelines.store import Database
from pipelines.transparency import leaf
from pipelines.transparency.leaf import Kind, Leaf
from tests.contract.dashboards.registered import password_hash
from tests.contract.dashboards.rows import NOW_MS, POOL_ALERT

HOUR, DAY = 3_600_000, 86_400_000
PEOPLE = (
    ("wang", "王执法", "officer", "authority"), ("li", "李辅助", "officer", "authority"),
    ("zhou", "周审核", "reviewer", "authority"), ("qian", "钱科长", "officer", "authority"),
    ("sun", "孙所长", "leader", "authority"), ("feng", "冯书记", "leader", "authority"),
    ("chen", "陈督察", "leader", "authority"), ("arch", "档案员", "archivist", "authority"),
    ("high", "上级甲", "leader", "bureau"), ("upper", "上级乙", "leader", "bureau"),
)  # fmt: skip
UNITS = {who: unit for who, _, _, unit in PEOPLE}
ROLES = {who: role for who, _, role, _ in PEOPLE}
FROM = NOW_MS - 100 * DAY


def actor(who: str) -> Actor:
    """Somebody as the policy sees them."""
    return Actor(officer_id=who, role=ROLES[who], unit_id=UNITS[who])


def people(url: str) -> None:
    """Officers and units."""
    with psycopg.connect(url) as db:
        db.execute("INSERT INTO units VALUES ('bureau', '市局', 'Bureau')")
        for who, zh, role, unit in PEOPLE:
            db.execute(
                "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash, unit_id)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (who, zh, who, role, password_hash(), unit),
            )


async def posts(database: Database) -> None:
    """Wang handles, Li helps, Qian heads the section, Sun the unit; the bureau is above."""
    held = (
        ("wang", "handler", "qian"), ("li", "auxiliary", "wang"), ("zhou", "handler", "sun"),
        ("qian", "section_head", "sun"), ("sun", "unit_head", None),
    )  # fmt: skip
    sheet = Sheet(
        posts=tuple(
            Post(officer_id=who, unit_id="authority", post=post, superior=above, from_ms=FROM)  # type: ignore[arg-type]
            for who, post, above in held
        ),
        units=(Above(unit_id="authority", superior_id="bureau", from_ms=FROM),),
    )
    assert await enter(database, sheet, by="arch", now_ms=NOW_MS - DAY) == 6
    assert await enter(database, sheet, by="arch", now_ms=NOW_MS - DAY) == 0


def history(url: str, *steps: tuple[str, str, int], alert_id: str = POOL_ALERT) -> None:
    """Rows of the trail: actor, action, moment."""
    with psycopg.connect(url) as db:
        for who, action, at_ms in steps:
            db.execute(
                "INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, ground)"
                " VALUES (%s, %s, %s, %s, %s, 'seen')",
                (f"{alert_id[:6]}-{who}-{action}-{at_ms}", alert_id, at_ms, who, action),
            )


async def leaves(database: Database, kind: Kind = Kind.DUTY) -> list[Leaf]:
    """What waits for the log, of a kind."""
    rows = await database.query("SELECT leaves FROM log_pending ORDER BY pending_id")
    return [one for row in rows for one in leaf.decode(bytes(row["leaves"])) if one.kind is kind]


class Book:
    """A fault file by name of act: ``await book.tell("sun", words=...)``."""

    def __init__(self, database: Database, fault_id: str) -> None:
        self.database, self.fault_id, self.now_ms = database, fault_id, NOW_MS

    async def do(self, act: str, who: str, **body: Any) -> Entry:
        """Enters an act a second later."""
        self.now_ms += 1000
        said = {} if act == "propose" else {"words": f"{act} by {who}"} | body
        return await do_act(self.database, actor(who), self.fault_id, act, said, now_ms=self.now_ms)

    async def elements(self, who: str) -> None:
        """All three of art. 6."""
        await self.do("element", who, element="mind", value="negligence")
        await self.do("element", who, element="performance", value="illegal", fault="13.4")
        await self.do("element", who, element="harm", value="ill_effect")
