"""Owns the bound on refused messages: a stream of which nothing is understood must stop loudly."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.errors import Fatal
from pipelines.stage import Effect, Message, Refuse


class RefusalRun:
    """Counts messages refused in a row, in one partition.

    A gateway that sends garbage is one thing; that nothing at all is understood means a wrong
    topic, a wrong version or a broken worker, and dead letters would hide it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._run = 0

    def take(self, messages: Sequence[Message], effects: Sequence[Effect]) -> None:
        """Counts on over a run of messages with their effects.

        Raises:
            Fatal: more than ``most`` in a row were refused; 0 sets no bound.
        """
        refused = {effect.message.offset for effect in effects if isinstance(effect, Refuse)}
        for message in messages:
            self._run = self._run + 1 if message.offset in refused else 0
            if self._most and self._run > self._most:
                raise Fatal(
                    f"{self._run} messages of {message.topic}/{message.partition} in a row were "
                    "refused: see the dead letters for the reason, and whether this is the right "
                    "topic and version (VIGIL_REFUSALS_IN_A_ROW sets the bound, 0 lifts it)"
                )
