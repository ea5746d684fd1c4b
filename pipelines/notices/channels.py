"""Owns what a way out is. Must not decide when, or how often to try."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol


class NotSent(Exception):
    """A channel would not take a notice; the text says why.

    Attributes:
        for_good: trying this address again is no use.
        answer: the beginning of what the other side said, as bytes.
    """

    def __init__(self, text: str, *, for_good: bool = False, answer: bytes = b"") -> None:
        super().__init__(text)
        self.for_good = for_good
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice on its way out.

    Attributes:
        notice_id: stays the same over all tries and ways.
        recipient: in the channel's own form.
        short: the words for a phone; ``body`` where there are none.
    """

    notice_id: str
    recipient: str
    subject: str
    body: str
    queued_ms: int
    short: str = ""

    @property
    def message_id(self) -> str:
        """What the other side knows it by: the same in every try at this address."""
        known = f"{self.notice_id}\x1f{self.recipient}"
        return hashlib.sha256(known.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What the other side said when it took a notice."""

    provider_id: str = ""
    answer: bytes = b""


class Channel(Protocol):
    """A way out."""

    @property
    def name(self) -> str:
        """Stands in the record of every try."""
        ...

    def content(self, notice: Notice) -> bytes:
        """The bytes that are put on file: those that leave, the same every time.

        Raises:
            NotSent: the notice cannot take this form, such as a recipient that is no address.
        """
        ...

    async def send(self, notice: Notice) -> Handed:
        """Hands a notice over; the same one twice carries the same id.

        Raises:
            NotSent: try again later, or give up.
        """
        ...
