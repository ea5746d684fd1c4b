"""``vigil replay`` and ``vigil rules explain`` over the real database and the demo's day."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

import detectors.catalogue
from detectors.catalogue import load as load_catalogue
from pipelines import topics
from pipelines.alerts.stage import AlertsStage
from pipelines.demo import day
from pipelines.demo.authority import register
from pipelines.readings.stage import ReadingsStage
from pipelines.registry.snapshot import Registry, load_registry
from pipelines.registry.write import write_register
from pipelines.replay import Asked, replay_given, replay_stored
from pipelines.rules.commands import rules
from pipelines.rules.explain import NoSuchAlert, explain_alert
from pipelines.runtime import PartitionRunner
from pipelines.settings import Settings
from pipelines.stage import Message
from pipelines.store import Database
from tests.fresh import fresh_database
from tests.unit.demo.known import DAY_START_MS, batch, on_log, tick

HOUR_MS = 3600 * 1000
CHLORINE = "pool-free-chlorine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A day judged live."""

    url: str
    settings: Settings
    registry: Registry


@pytest.fixture(scope="module")
async def judged(database_url: str) -> Judged:
    url = fresh_database(database_url, "rules")
    settings = Settings(database_url=url)
    async with Database(url) as database:
        await write_register(database, register(DAY_START_MS))
        registry = await load_registry(database)
        stage = ReadingsStage(
            registry, load_catalogue(), lateness_ms=round(settings.lateness_s * 1000),
            future_ms=round(settings.future_s * 1000),
        )  # fmt: skip
        readings = PartitionRunner(stage, 0, database, log_id="a")
        await readings.run(the_day())
        signals = [
            Message(topic=topics.SIGNALS, partition=0, offset=n, key=b"", value=bytes(row["value"]))
            for n, row in enumerate(await database.query("SELECT * FROM outbox ORDER BY outbox_id"))
            if row["topic"] == topics.SIGNALS
        ]
        await PartitionRunner(AlertsStage(registry), 0, database, log_id="a").run(signals)
    return Judged(url=url, settings=settings, registry=registry)


def the_day() -> list[Message]:
    """The demo's day on one partition, with ticks, until an hour after it."""
    timed = [(m.at_ms, batch(m).value) for m in day.messages(DAY_START_MS)]
    end = DAY_START_MS + 25 * HOUR_MS
    timed += [(at, tick(at).value) for at in range(DAY_START_MS, end, 300_000)]
    timed.sort(key=lambda pair: pair[0])
    return [on_log(value, offset) for offset, (_, value) in enumerate(timed)]


@pytest.fixture
async def database(judged: Judged) -> AsyncIterator[Database]:
    async with Database(judged.url, max_size=2) as opened:
        yield opened


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """Today's catalogue, but for chlorine that may go lower, in a version of its own."""
    folder = tmp_path / "catalogue"
    source = Path(detectors.catalogue.__file__).parent
    shutil.copytree(source, folder, ignore=lambda _, names: [n for n in names if n.endswith("c")])
    pool = folder / "pool.toml"
    text = pool.read_text(encoding="utf-8")
    start = text.index(f'id = "{CHLORINE}"')
    entry = text[start:].replace("low = 0.3", "low = 0.05", 1)
    pool.write_text(text[:start] + entry, encoding="utf-8")
    return folder


async def alert_of(database: Database, rule_id: str) -> str:
    rows = await database.query("SELECT alert_id, rule_id FROM alerts ORDER BY start_ms")
    return next(str(row["alert_id"]) for row in rows if row["rule_id"] == rule_id)


async def test_todays_catalogue_finds_what_was_found_live(judged: Judged) -> None:
    diff = await replay_stored(judged.settings)
    assert not diff.any
    assert diff.same == sum(count.same for count in diff.rules.values()) > 3


async def test_a_changed_limit_shows_what_would_not_have_alerted(
    judged: Judged, stricter: Path
) -> None:
    diff = await replay_stored(judged.settings, Asked(catalogue=stricter))
    assert {spell.rule_id for spell in diff.gone} == {CHLORINE}
    assert diff.rules[CHLORINE].gone == len(diff.gone)
    assert not diff.new


async def test_a_span_and_a_site_narrow_the_comparison(judged: Judged, stricter: Path) -> None:
    whole = await replay_stored(judged.settings, Asked(catalogue=stricter))
    gone = whole.gone[0]
    for narrowed, left in (
        (Asked(catalogue=stricter, from_ms=gone.start_ms, to_ms=gone.start_ms + 1), 1),
        (Asked(catalogue=stricter, to_ms=gone.start_ms), 0),
        (Asked(catalogue=stricter, site_id=gone.site_id), len(whole.gone)),
        (Asked(catalogue=stricter, site_id="elsewhere"), 0),
    ):
        assert len((await replay_stored(judged.settings, narrowed)).gone) == left


async def test_given_readings_are_judged_by_both_catalogues(
    judged: Judged, stricter: Path, tmp_path: Path
) -> None:
    path = tmp_path / "readings.csv"
    noon = DAY_START_MS + 12 * HOUR_MS
    rows = [
        f"{noon + minute * 60_000},pool-probe,free_chlorine,{value},mg/L"
        for minute in range(120)
        for value in [(0.12 if 30 <= minute < 80 else 0.6) + 0.02 * (minute % 3)]
    ]
    path.write_text("\n".join(["time,device,quantity,value,unit", *rows]), encoding="utf-8")
    alone = await replay_given(judged.settings, path, Asked())
    assert CHLORINE in {spell.rule_id for spell in alone.new}
    diff = await replay_given(judged.settings, path, Asked(catalogue=stricter))
    assert [spell.rule_id for spell in diff.gone] == [CHLORINE]


async def test_an_alert_is_taken_apart_and_comes_out_the_same(
    judged: Judged, database: Database
) -> None:
    alert_id = await alert_of(database, CHLORINE)
    explained = await explain_alert(database, judged.registry, load_catalogue(), alert_id)
    opening = explained.decisions[0]
    assert opening.by_hand is not None
    assert opening.by_hand.agrees
    assert opening.by_hand.figures["median"] == opening.inputs["median"]
    assert all(one.by_engine and one.by_engine.agrees for one in explained.decisions)
    assert len(explained.window) == opening.inputs["window_readings"]
    assert explained.agrees


async def test_every_alert_of_the_day_comes_out_the_same(
    judged: Judged, database: Database
) -> None:
    rows = await database.query("SELECT alert_id, rule_id FROM alerts")
    catalogue = load_catalogue()
    differing = [
        row["rule_id"]
        for row in rows
        if (await explain_alert(database, judged.registry, catalogue, row["alert_id"])).agrees
        is False
    ]
    assert len(rows) > 3
    assert differing == []


async def test_a_reading_that_was_changed_is_told(judged: Judged, database: Database) -> None:
    alert_id = await alert_of(database, CHLORINE)
    (alert,) = await database.rows("rules_alert", alert_id=alert_id)
    until = {"series": alert["series_id"], "until_s": alert["detected_ms"] / 1000}
    agreed = []
    for by in (0.0, 0.5, -0.5):  # a tamperer has no statement of ours
        with psycopg.connect(judged.url) as connection:
            connection.execute(
                "UPDATE readings SET value = value + %(by)s WHERE series_id = %(series)s"
                " AND time <= to_timestamp(%(until_s)s)"
                " AND time > to_timestamp(%(until_s)s) - INTERVAL '14 minutes'",
                {**until, "by": by},
            )
        explained = await explain_alert(database, judged.registry, load_catalogue(), alert_id)
        agreed.append(explained.agrees)
    assert agreed == [True, False, True]


async def test_no_such_alert(judged: Judged, database: Database) -> None:
    with pytest.raises(NoSuchAlert):
        await explain_alert(database, judged.registry, load_catalogue(), "none")


@pytest.mark.parametrize(("lang", "word"), [("zh", "与记录一致"), ("en", "agrees")])
async def test_the_page_in_both_languages(
    judged: Judged, database: Database, monkeypatch: pytest.MonkeyPatch, lang: str, word: str
) -> None:
    alert_id = await alert_of(database, CHLORINE)
    ran = run(judged, monkeypatch, ["explain", alert_id, "--lang", lang])
    assert ran[0] == 0
    assert word in ran[1]
    assert "GB 37488-2019" in ran[1]
    status, said = run(judged, monkeypatch, ["explain", alert_id, "--json"])
    assert status == 0
    assert json.loads(said)["agrees"] is True


def run(judged: Judged, monkeypatch: pytest.MonkeyPatch, args: list[str]) -> tuple[int, str]:
    """The command in a thread of its own, for it brings its own event loop."""
    monkeypatch.setenv("VIGIL_DATABASE_URL", judged.url)
    monkeypatch.setenv("COLUMNS", "200")
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(CliRunner().invoke, rules, args).result()
    return result.exit_code, result.output
