"""Owns the shape of a stage: messages in, effects out; `runtime.py` carries the effects out.

A stage never touches the database or the log itself. What it returns for a run of messages of one
partition (effects, changed state, and the offset after the last message) commits in one
transaction, so that doing it again after a crash is doing it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar, runtime_checkable

from pipelines.errors import BadMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One record of the log, undecoded."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Save:
    """Run the named statement with these parameters."""

    statement: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Copy:
    """Stream rows through a named ``COPY``; ``types`` are PostgreSQL type names, one a column.

    Attributes:
        merge: where a row may be there already: the named statement that joins one to it, with
            the columns' names as parameters. Used only when the copy met such a row.
        names: of the columns, for ``merge``.
    """

    statement: str
    types: tuple[str, ...]
    rows: Iterable[Sequence[object]]
    merge: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Emit:
    """Send a message on, through the outbox, so that it leaves if and only if the rest commits."""

    topic: str
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Count:
    """Add to a counter that survives restarts."""

    name: str
    amount: int = 1


@dataclass(frozen=True, slots=True)
class Refuse:
    """Put a message among the dead letters, with its reason and original bytes."""

    message: Message
    error: BadMessage
    original: bytes


Effect = Save | Copy | Emit | Count | Refuse


@dataclass(slots=True)
class Outcome:
    """What a run of messages comes to.

    Attributes:
        effects: carried out in order, within one transaction.
        changed: state to store, by key; ``None`` forgets the key.
    """

    effects: list[Effect] = field(default_factory=list)
    changed: dict[str, bytes | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recall:
    """Rows that a stage's state does not hold because they are stored already."""

    statement: str
    params: Mapping[str, object]


State = TypeVar("State")
State_contra = TypeVar("State_contra", contravariant=True)


class Stage(Protocol, Generic[State]):
    """What the runtime, the replay and the tests need of every stage.

    ``handle`` may change ``state`` in place: when the transaction fails the runtime throws the
    state away and loads it again.
    """

    @property
    def name(self) -> str:
        """Names stored offsets and state; never changes once deployed."""
        ...

    @property
    def topic(self) -> str:
        """The topic the stage reads."""
        ...

    def load(self, stored: Mapping[str, bytes]) -> State:
        """Builds a partition's state from what was stored (empty at first)."""
        ...

    async def handle(self, state: State, messages: Sequence[Message], *, now_ms: int) -> Outcome:
        """Judges messages of one partition, in order.

        Raises:
            Transient: try the same messages again later.
            Fatal: stop the worker; nothing of this run is kept.
        """
        ...


@runtime_checkable
class Recalls(Protocol, Generic[State_contra]):
    """A stage that fills its loaded state up with rows of the database, before its first run."""

    def recall(self, state: State_contra) -> Recall | None:
        """What to read; None for nothing."""
        ...

    def recalled(self, state: State_contra, found: Sequence[Mapping[str, object]]) -> None:
        """Takes the rows in."""
        ...


@runtime_checkable
class Foresees(Protocol):
    """A stage that can begin on a message before the ones ahead of it are committed."""

    def foresee(self, message: Message) -> None:
        """Begins what needs no state. Must not raise; ``handle`` meets the message later."""
        ...
