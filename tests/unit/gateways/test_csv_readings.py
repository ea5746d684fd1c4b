"""A CSV of real readings: what becomes of its rows, and errors that name the line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pipelines.gateways.csv_readings import BATCH_MS, DELIVERY_MS, UnreadableCsv, read_csv
from pipelines.readings.message import DeviceMessage, parse

HEAD = "time,device,quantity,value,unit"
SITES = {"probe": "pool-hall", "fridge": "clinic"}
AT = 1_772_323_200_000  # 2026-03-01T00:00:00Z, the start of a batch


def write(tmp_path: Path, *lines: str, head: str = HEAD, encoding: str = "utf-8") -> Path:
    path = tmp_path / "readings.csv"
    path.write_bytes("\n".join([head, *lines]).encode(encoding))
    return path


def read(path: Path) -> list[tuple[int, str, DeviceMessage]]:
    return [(m.at_ms, m.site_id, parse(m.body)) for m in read_csv(path, SITES)]


def test_rows_are_packed_by_device_and_five_minutes(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        f"{AT},probe,ph,7.2,pH",
        f"{AT + 30_000},probe,ph,7.3,pH",
        f"{AT + 30_000},probe,orp,730,mV",
        f"{AT + 60_000},fridge,temperature,4.5,°C",
        f"{AT + BATCH_MS},probe,ph,7.4,pH",
    )
    fridge, probe, later = read(path)
    assert [m[1] for m in (fridge, probe, later)] == ["clinic", "pool-hall", "pool-hall"]
    assert fridge[0] == probe[0] == AT + BATCH_MS + DELIVERY_MS
    assert later[0] == AT + 2 * BATCH_MS + DELIVERY_MS
    ph, orp = probe[2].series
    assert (ph.quantity, ph.unit, ph.t, ph.v) == ("ph", "pH", [AT, AT + 30_000], [7.2, 7.3])
    assert (orp.quantity, orp.v) == ("orp", [730.0])
    numbers = [m[2].seq for m in (fridge, probe, later)]
    assert len(set(numbers)) == 3


TIMES = {
    str(AT): AT,
    "2026-03-01T00:00:00Z": AT,
    "2026-03-01T08:00:00+08:00": AT,
    "2026-03-01 08:00:00.250+08:00": AT + 250,
    f" {AT} ": AT,
}


@pytest.mark.parametrize(("text", "time_ms"), TIMES.items())
def test_times_are_iso_with_zone_or_epoch_milliseconds(
    tmp_path: Path, text: str, time_ms: int
) -> None:
    ((_, _, message),) = read(write(tmp_path, f"{text},probe,ph,7.2,pH"))
    assert message.series[0].t == [time_ms]


BAD_LINES = {
    "no zone": ("2026-03-01T08:00:00,probe,ph,7.2,pH", "time zone"),
    "no time": (",probe,ph,7.2,pH", ""),
    "words for a time": ("yesterday,probe,ph,7.2,pH", "yesterday"),
    "an impossible day": ("2026-02-30T08:00:00Z,probe,ph,7.2,pH", "day"),
    "words for a value": (f"{AT},probe,ph,acid,pH", "acid"),
    "a comma for a point": (f'{AT},probe,ph,"7,2",pH', "7,2"),
    "too short": (f"{AT},probe", ""),
}


@pytest.mark.parametrize(("line", "said"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_errors_name_file_and_line(tmp_path: Path, line: str, said: str) -> None:
    path = write(tmp_path, f"{AT},probe,ph,7.2,pH", line)
    with pytest.raises(UnreadableCsv, match=r"readings\.csv, line 3: ") as error:
        read_csv(path, SITES)
    assert said in str(error.value)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCsv, match="lacks the columns unit, value; wanted: time"):
        read_csv(write(tmp_path, head="time,device,quantity"), SITES)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"time,device\x00\n"])
def test_what_is_no_csv_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "readings.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableCsv):
        read_csv(path, SITES)


def test_a_missing_file_and_a_folder_are_said(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UnreadableCsv, match="cannot be read"):
            read_csv(path, SITES)


def test_a_field_larger_than_csv_allows_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCsv, match="cannot be read"):
        read_csv(write(tmp_path, f"{AT},{'x' * 200_000},ph,7.2,pH"), SITES)


def test_what_the_stage_should_refuse_is_sent_on(tmp_path: Path) -> None:
    path = write(tmp_path, f"{AT},probe,ph,,pH", f"{AT + 1},probe,ph,nan,pH", f"{AT},who,ph,1,pH")
    by_device = {message.device: (site, message) for _, site, message in read(path)}
    assert by_device["probe"][1].series[0].v == [None, None]
    assert by_device["who"][0] == "pool-hall"  # by the first gateway, to be refused visibly


def test_excel_files_begin_with_a_mark(tmp_path: Path) -> None:
    path = write(tmp_path, f"{AT},probe,ph,7.2,pH", encoding="utf-8-sig")
    assert len(read(path)) == 1


def test_header_alone_is_no_messages(tmp_path: Path) -> None:
    assert read_csv(write(tmp_path), SITES) == []


def test_bodies_are_a_gateways_messages(tmp_path: Path) -> None:
    (message,) = read_csv(write(tmp_path, f"{AT},probe,ph,7.2,pH"), SITES)
    assert msgspec.json.decode(message.body)["device"] == "probe"
    assert message.planted == ""
