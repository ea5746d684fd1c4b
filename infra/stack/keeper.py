"""Keeps one child: starts it, stops it, and never leaves it or its offspring behind.

Run as a program by `infra.stack.processes`, as
`python -I -S keeper.py PARENT_PID STOP_SIGNAL GRACE_S ARGV...`, in a session of its own.
It uses the standard library only and must import nothing of Vigil, so that it starts in
milliseconds and works whatever the environment. Linux only (prctl, sigtimedwait).

Why a process and not PR_SET_PDEATHSIG on the child itself: that setting is lost when the child
changes its user (PostgreSQL under chroot does), and it fires when the starting *thread* ends.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
WATCHED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}


class Kept:
    """The kept child: its pid, and its exit status once it has ended."""

    def __init__(self, argv: list[str]) -> None:
        """Fork and run `argv`; exit status 127 when it cannot be run."""
        self.status: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
            try:
                os.execvp(argv[0], argv)  # noqa: S606 - that is the job
            except OSError as error:
                os.write(2, f"cannot run {argv[0]}: {error}\n".encode())
                os._exit(127)

    def reap(self) -> None:
        """Collect every ended process that is ours, the child or adopted offspring."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.pid:
                self.status = os.waitstatus_to_exitcode(status)

    def wait(self, until: float) -> None:
        """Reap until the child has ended or the monotonic clock passes `until`."""
        self.reap()
        while self.status is None and (left := until - time.monotonic()) > 0:
            signal.sigtimedwait({signal.SIGCHLD}, min(left, 0.2))
            self.reap()

    def stop(self, with_signal: int, grace_s: float) -> None:
        """Ask the child to end with `with_signal`, and kill it after `grace_s`."""
        for number, patience_s in ((with_signal, grace_s), (signal.SIGKILL, 5.0)):
            if self.status is None:
                os.kill(self.pid, number)
                self.wait(time.monotonic() + patience_s)


def offspring() -> list[int]:
    """Pids of the processes whose parent is this one (orphans below us are adopted)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        if int(fields[1]) == os.getpid():
            found.append(int(stat.parent.name))
    return found


def sweep(kept: Kept) -> None:
    """Kill and reap what the child left behind, generation by generation, for at most 5 s."""
    until = time.monotonic() + 5.0
    while (left := offspring()) and time.monotonic() < until:
        for pid in left:  # ours until reaped, so the pid cannot be somebody else's
            os.kill(pid, signal.SIGKILL)
        signal.sigtimedwait({signal.SIGCHLD}, 0.1)
        kept.reap()


def main() -> int:
    """Keep the child until it ends, SIGTERM comes, or the parent is gone."""
    parent, with_signal, grace_s = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    for number in WATCHED:  # under nohup or a background job some come in as ignored
        signal.signal(number, signal.SIG_DFL)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGHUP, 0, 0, 0)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if os.getppid() != parent:  # it died before prctl was set
        return 1
    kept = Kept(sys.argv[4:])
    while kept.status is None:
        got = signal.sigwait(WATCHED)
        # SIGHUP also comes when only the thread that started us ended; then the parent is the same.
        if got == signal.SIGTERM or os.getppid() != parent:
            kept.stop(with_signal, grace_s)
        kept.reap()
    sweep(kept)
    return kept.status if kept.status >= 0 else 128 - kept.status


if __name__ == "__main__":
    sys.exit(main())
