"""The whole main job by its one command: on real footage, with every process of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil
import pytest

from pipelines.demo import day

ROOT = Path(__file__).parents[2]
ONCE_S, UP_S, END_S = 240, 150, 40
ROWS = 40
GATEWAYS = {"hotel-main": "mqtt", "supply-room": "hj212"}
NOON_MS = 1_772_337_600_000  # 2026-03-01 in Shanghai


@pytest.fixture(scope="module")
def workdir(video: Path) -> Iterator[Path]:
    """Beside the cached footage, so that nothing is fetched or transcoded twice."""
    folder = Path(tempfile.mkdtemp(prefix="demo-test-", dir=video.parent.parent))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def demo(workdir: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a person runs it; killed, with all it started, when the test is over."""
    log = workdir.with_suffix(".log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "demo", "--workdir", str(workdir), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "160"},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        log.close()
        for left in _below(process):
            left.kill()
        if process.poll() is None:
            process.kill()
        process.wait()
        workdir.with_suffix(".log").unlink()


def said(workdir: Path) -> str:
    return workdir.with_suffix(".log").read_text(errors="replace")


def _below(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def site_of(workdir: Path, process: subprocess.Popen[bytes]) -> str:
    """Waits for the line that says where the site is."""
    until = time.monotonic() + UP_S
    while not (found := re.search(r"site is up .*?(http://127\.0\.0\.1:\d+)", said(workdir))):
        assert process.poll() is None, said(workdir)
        assert time.monotonic() < until, said(workdir)
        time.sleep(0.2)
    return found[1]


@pytest.fixture(scope="module")
def report(workdir: Path) -> dict[str, Any]:
    path = workdir.parent / f"{workdir.name}.json"
    try:
        with demo(workdir, "--once", "--report", str(path), "--pace", "8") as process:
            status = process.wait(ONCE_S)
            assert status == 0, said(workdir)
        found: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        return found
    finally:
        path.unlink(missing_ok=True)


def test_nothing_fell_short_of_its_promise(report: dict[str, Any]) -> None:
    assert report["failures"] == []
    named = (
        "readings_in frames_in signals alerts evidence_sealed evidence_verified notices "
        "cases_sent cases_acknowledged credit_rows dead_letters latency_ms seconds by_gateway"
    )
    assert set(named.split()) <= report.keys()
    for side in ("reading_to_alert", "frame_to_alert"):
        assert 0 <= report["latency_ms"][side]["p50"] <= report["latency_ms"][side]["p95"]


def test_every_planted_trouble_is_found_and_the_spike_is_not(report: dict[str, Any]) -> None:
    """OFF-7, OFF-11: breaches, leads, faults of devices and an early warning, each as planted."""
    rules = report["alerts_by_rule"]
    planted = {rule: count for rule, count in day.ALERTS.items() if count}
    assert planted.items() <= rules.items()
    assert "pool-turbidity" not in rules
    assert sum(rules.values()) == report["alerts"] <= report["signals"]


def test_all_three_gateways_took_messages_and_lost_none(report: dict[str, Any]) -> None:
    """Real MQTT and HJ 212 beside HTTP; in the database each message lies in its own form."""
    messages = day.messages(0)
    sent = Counter(GATEWAYS.get(message.site_id, "http") for message in messages)
    assert report["by_gateway"] == sent
    forms = report["messages_by_form"]
    assert set(forms) == {"json", "msgpack+gzip", "hj212"}
    assert sum(forms.values()) == sum(not m.planted or m.planted == "late" for m in messages)


def test_all_evidence_is_verified_and_each_party_told(report: dict[str, Any]) -> None:
    assert report["evidence_verified"] == report["evidence_sealed"] == report["alerts"]
    assert 0 < report["notices"] <= report["alerts"]


def test_cases_are_acknowledged_and_credit_moves(report: dict[str, Any]) -> None:
    assert report["cases_acknowledged"] == report["cases_sent"] >= 1
    assert report["credit_rows"] > len(("pool", "clinic", "hotel", "supply"))  # beyond the opening


def test_what_follows_is_done_by_those_it_concerns(report: dict[str, Any]) -> None:
    """OFF-7, 8, 15 to 18, 21: incident, clue and result, dispute and reply, course, duties."""
    assert report["incidents"] >= 1
    assert report["clue"] == {"state": "closed", "clue.receipt": 1, "clue.result": 1}
    assert report["party"]["disputes"] == 1
    assert report["party"]["open"] == 0
    assert report["case_courses"] == {"closed": report["cases_sent"]}
    assert report["duty"]["decided"] >= report["cases_sent"]
    assert report["duty"]["overdue"] == 0


def test_planted_troubles_are_counted(report: dict[str, Any]) -> None:
    planted = [message.planted for message in day.messages(0)]
    reasons = report["dead_letters_by_reason"]
    assert report["dead_letters"] == planted.count("garbage")
    assert set(reasons) == {
        "not_json", "unknown_device", "wrong_unit", "not_a_number", "in_the_future",
        "unknown_quantity",
    }  # fmt: skip
    assert report["messages_duplicate"] == planted.count("duplicate")
    assert report["readings_late"] > 0


def test_once_leaves_nothing_running(report: dict[str, Any], workdir: Path) -> None:
    assert report["seconds"] < 600
    assert processes_with(workdir) == []


def test_ctrl_c_leaves_no_process_behind_and_a_second_run_starts_clean(
    report: dict[str, Any], workdir: Path
) -> None:
    assert report  # this run starts in the folder of the one before
    readings = workdir.with_suffix(".csv")
    rows = [f"{NOON_MS + n * 30_000},pool-probe,ph,7.3,pH" for n in range(ROWS)]
    readings.write_text("\n".join(["time,device,quantity,value,unit", *rows]))
    with demo(workdir, "--pace", "8", "--readings", str(readings)) as process:
        url = site_of(workdir, process)
        assert httpx.get(f"{url}/healthz").status_code == 200
        crew = _below(process)
        assert len(crew) >= 8, crew  # broker, database, gateway, worker, site, and keepers
        process.send_signal(signal.SIGINT)
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            pytest.fail(f"still running after {END_S} s: {crew}\n{said(workdir)}")
        assert [left for left in crew if left.is_running()] == []
        assert processes_with(workdir) == []
        text = said(workdir)
        assert "Traceback" not in text
        assert re.search(rf"readings in\W+{ROWS}\b", text)
        readings.unlink()


def processes_with(workdir: Path) -> list[str]:
    """Command lines of processes that name this demo's folder there or in their settings."""
    found = []
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
            data = process.environ().get("VIGIL_DATA_DIR", "")
        except psutil.Error:
            continue
        if str(workdir) in line or data.startswith(str(workdir)):
            found.append(line)
    return found


def test_a_folder_with_other_things_in_it_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with demo(tmp_path, "--once") as process:
        assert process.wait(60) == 2
        assert "thesis.txt" in said(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
