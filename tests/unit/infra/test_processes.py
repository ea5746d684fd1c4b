"""Children start, fail with a reason, and never outlive whoever started them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from infra.stack.processes import Child, StackError, free_port

ROOT = Path(__file__).parents[3]
STUBBORN = "trap '' TERM; echo ready $$; while :; do sleep 0.1; done"


def wait_for(path: Path, text: str) -> str:
    """The file's content once it holds `text`."""
    until = time.monotonic() + 10
    while not path.exists() or text not in path.read_text():
        assert time.monotonic() < until, f"no {text!r} in {path}"
        time.sleep(0.02)
    return path.read_text()


def lives(pid: int) -> bool:
    """Whether that process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def dies(pid: int, within_s: float = 5.0) -> bool:
    """Whether that process is gone before the time is up."""
    until = time.monotonic() + within_s
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not lives(pid)


def test_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    child = Child("stubborn", ["sh", "-c", STUBBORN], log=tmp_path / "log", grace_s=0.3)
    child.start()
    pid = int(wait_for(tmp_path / "log", "\n").split()[1])
    started = time.monotonic()
    child.stop()
    assert 0.3 <= time.monotonic() - started < 3
    assert not lives(pid)
    assert not child.alive
    child.stop()  # again: nothing to do


def test_offspring_in_sessions_of_their_own_are_killed(tmp_path: Path) -> None:
    script = "setsid sh -c 'echo deep $$; exec sleep 300' & echo ready; wait"
    child = Child("family", ["sh", "-c", script], log=tmp_path / "log", grace_s=1.0)
    child.start()
    words = wait_for(tmp_path / "log", "deep").split()
    pid = int(words[words.index("deep") + 1])
    assert lives(pid)
    child.stop()
    assert not lives(pid)


def test_stop_signal_is_the_one_asked_for(tmp_path: Path) -> None:
    script = "trap 'echo interrupted; exit 7' INT; echo ready; while :; do sleep 0.05; done"
    log = tmp_path / "log"
    child = Child("polite", ["sh", "-c", script], log=log, stop_signal=signal.SIGINT)
    child.start()
    wait_for(log, "ready")
    child.stop()
    assert "interrupted" in child.tail()
    assert child.wait() == 7


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_parent_death_ends_the_child(tmp_path: Path, end: signal.Signals) -> None:
    program = (
        "import sys, time; from pathlib import Path; from infra.stack.processes import Child\n"
        f"Child('c', ['sh', '-c', {STUBBORN!r}], log=Path(sys.argv[1]), grace_s=0.2).start()\n"
        "time.sleep(300)\n"
    )
    log = tmp_path / "log"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(log)], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as parent:
        pid = int(wait_for(log, "\n").split()[1])
        assert lives(pid)
        parent.send_signal(end)
        parent.wait(10)
    assert dies(pid)


def test_end_of_the_starting_thread_does_not_end_the_child(tmp_path: Path) -> None:
    child = Child("steady", ["sh", "-c", STUBBORN], log=tmp_path / "log", grace_s=0.2)
    thread = threading.Thread(target=child.start)
    thread.start()
    thread.join()
    wait_for(tmp_path / "log", "ready")
    time.sleep(0.3)
    assert child.alive
    child.stop()


def test_hanging_keeper_does_not_block_the_stop(tmp_path: Path) -> None:
    child = Child("orphan", ["sleep", "300"], log=tmp_path / "log", grace_s=0.2)
    child.start()
    assert child.pid is not None
    assert child.wait(0.3) is None
    os.kill(child.pid, signal.SIGSTOP)  # it hangs now: the group is killed
    child.stop_patience_s = 0.3
    child.stop()
    assert not child.alive


def test_early_end_is_told_with_the_log(tmp_path: Path) -> None:
    child = Child("broken", ["sh", "-c", "echo no such disk; exit 3"], log=tmp_path / "log")
    child.start()
    with pytest.raises(StackError, match="no such disk"):
        child.await_ready(lambda: False, timeout_s=10)
    assert child.wait() == 3


def test_missing_program_is_told(tmp_path: Path) -> None:
    child = Child("absent", ["/no/such/program"], log=tmp_path / "log")
    child.start()
    assert child.wait(10) == 127
    assert "cannot run /no/such/program" in child.tail()


def test_late_child_is_told(tmp_path: Path) -> None:
    child = Child("late", ["sleep", "300"], log=tmp_path / "log", grace_s=0.2)
    child.start()
    with pytest.raises(StackError, match="not ready after"):
        child.await_ready(lambda: False, timeout_s=0.2)
    with pytest.raises(StackError, match="runs already"):
        child.start()
    child.stop()


def test_free_port_can_be_listened_on() -> None:
    with socket.create_server(("127.0.0.1", free_port())):
        pass
