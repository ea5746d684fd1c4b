"""Owns the time after the run: the site stays up, and other commands find it, until Ctrl-C."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from pipelines.demo.authority import OFFICER
from pipelines.demo.crew import Crew
from pipelines.settings import DEMO_ENV, Settings


def stay(console: Console, crew: Crew, settings: Settings, workdir: Path) -> None:
    """Returns when interrupted; raises StackError when a process that should run has ended.

    Only the settings of a demo in the usual folder are found by other commands by themselves.
    """
    file = workdir / DEMO_ENV.name
    lines = [f"{name}={value}" for name, value in settings.as_environment().items()]
    file.touch(mode=0o600)  # it holds the secrets of the demo
    file.write_text("\n".join(lines) + "\n")
    console.print(
        f"\n[bold]The triage site is up 预警处置网站：[link]{settings.public_url}[/link][/]\n"
        f"sign in 登录: {OFFICER[0]} / {OFFICER[1]}   ·   Ctrl-C ends everything 结束\n"
        + _hint(file)
    )
    try:
        while True:
            crew.check()
            time.sleep(1)
    except KeyboardInterrupt:
        console.print("stopping 正在停止")
    finally:
        file.unlink(missing_ok=True)


def _hint(file: Path) -> str:
    if file == DEMO_ENV:
        return "in another terminal, here 另开终端: [bold].venv/bin/vigil evidence verify[/]"
    return f"settings for other commands 其他命令所需的设置: {escape(str(file))}"
