"""Owns the shape of a stage without state: a message becomes effects, or is refused."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic

from pipelines import codec
from pipelines.errors import BadMessage
from pipelines.stage import Effect, Message, Outcome, Refuse


class ReadingStage(ABC, Generic[codec.Message]):
    """Takes messages of one kind, one by one; what there is to know is in the database."""

    kind: ClassVar[type]

    def load(self, stored: Mapping[str, bytes]) -> None:
        """Stateless."""

    async def handle(self, state: None, messages: Sequence[Message], *, now_ms: int) -> Outcome:
        """Judges messages of one partition, in order. Times come from the messages."""
        del state, now_ms
        outcome = Outcome()
        for message in messages:
            try:
                said: codec.Message = codec.decode(message.value, self.kind)
                outcome.effects += await self.take(said, message)
            except BadMessage as error:
                outcome.effects.append(Refuse(message, error, message.value))
        return outcome

    @abstractmethod
    async def take(self, said: codec.Message, message: Message) -> Sequence[Effect]:
        """What one message comes to.

        Raises:
            BadMessage: it goes to the dead letters, and the next one on.
        """
