"""Owns what goes wrong on purpose, so that senders can be tried. Drawn from a seed."""

from __future__ import annotations

import asyncio
import random
from typing import Literal

from infra.case_system.options import Options

Fault = Literal["refuse", "lose", "slow"]
_FAULTS: tuple[Fault, ...] = ("refuse", "lose", "slow")


class Faults:
    """The plan of one run."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._left = options.fail_first
        self._chance = random.Random(options.seed)  # noqa: S311  faults that can be had again

    def refusal(self) -> int | None:
        """The status to refuse a request with before anything is kept; None: go on."""
        if self._options.gone:
            return 410
        if self._left > 0:
            self._left -= 1
            return self._options.fail_status
        if self._drawn() and self._which() == "refuse":
            return 503
        return None

    async def after(self) -> bool:
        """Whether the answer to what was kept is lost; may answer slowly instead."""
        if not self._drawn():
            return False
        which = self._which()
        if which == "slow":
            await asyncio.sleep(self._options.slow_s)
        return which == "lose"

    def _drawn(self) -> bool:
        return self._chance.uniform(0, 100) < self._options.fault_percent

    def _which(self) -> Fault:
        return self._chance.choice(_FAULTS)
