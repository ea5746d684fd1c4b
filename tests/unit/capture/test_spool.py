"""The spool keeps order and loses nothing, over crashes, full disks and days of waiting."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.gateways.capture import spool as spool_module
from pipelines.gateways.capture.spool import Spool


def line(number: int) -> bytes:
    """A line as long as a part's."""
    return b"%d" % number + b"." * 200


def emptied(spool: Spool, most: int = 7) -> list[bytes]:
    """Takes all there is."""
    found = []
    while (taken := spool.first(most)).lines:
        found += taken.lines
        spool.drop(taken)
    return found


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 9)),
        st.tuples(st.just("take"), st.integers(1, 9)),
        st.tuples(st.just("again"), st.integers(1, 3)),
        st.tuples(st.just("refuse"), st.integers(1, 3)),
    ),
    max_size=30,
)


@given(steps=steps)
def test_lines_leave_in_the_order_they_came(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever is added, taken, dropped twice or refused by the disk meanwhile."""
    path = tmp_path_factory.mktemp("spool") / "lines"
    spool, put, got = Spool(path), 0, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool_module, "_SHRINK_BYTES", 500)
        for what, number in steps:
            if what == "add":
                for _ in range(number):
                    spool.add(line(put))
                    put += 1
            elif what == "refuse":
                refused = path.with_name("nowhere") / "lines"
                there, spool._path = spool._path, refused
                spool.add(line(put))
                put += 1
                spool._path = there
            else:
                taken = spool.first(number)
                got += taken.lines
                spool.drop(taken)
                if what == "again":
                    spool.drop(taken)
        got += emptied(spool)
    assert got == [line(number) + b"\n" for number in range(put)]
    assert len(spool) == 0
    assert not path.exists()


def test_a_crash_costs_half_a_line_at_most(tmp_path: Path) -> None:
    """What was whole is there after it; what was taken and not yet cleared away may come again."""
    path = tmp_path / "lines"
    spool = Spool(path)
    for number in range(5):
        spool.add(line(number))
    spool.drop(spool.first(2))
    with path.open("ab") as file:
        file.write(b'{"half')
    again = Spool(path)
    assert len(again) == 5
    again.add(line(5))
    assert emptied(again) == [line(number) + b"\n" for number in range(6)]


def test_hours_of_waiting_cost_each_line_little(tmp_path: Path) -> None:
    """A line more costs no more after 20,000 than at first; taking them writes each once more."""
    path = tmp_path / "lines"
    spool, spent = Spool(path), []
    for block in range(20):
        begun_s = time.process_time()
        for number in range(1000):
            spool.add(line(block * 1000 + number))
        spent.append(time.process_time() - begun_s)
    assert min(spent[-5:]) < 5 * min(spent[:5])
    size, written = path.stat().st_size, 0
    before = size
    while (taken := spool.first(500)).lines:
        spool.drop(taken)
        now = path.stat().st_size if path.exists() else 0
        written += now if now < before else 0
        before = now
    assert written < 2 * size


def test_it_goes_on_where_the_last_run_left(tmp_path: Path) -> None:
    """Without a crash nothing is there twice."""
    spool = Spool(tmp_path / "lines")
    for number in range(3):
        spool.add(line(number))
    assert emptied(Spool(tmp_path / "lines")) == [line(number) + b"\n" for number in range(3)]
    assert len(Spool(tmp_path / "lines")) == 0
