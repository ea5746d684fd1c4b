"""Owns the shape of a clue as a platform sends it, and of what goes back; and its checks."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec

from pipelines.evidence.canonical import canonical

MAX_BODY_BYTES = 256 * 1024
OUTCOMES = (
    "violation_found",  # followed up under the linked alert or case
    "put_right",  # found, minor, and put right
    "none_found",
    "not_verifiable",
)

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\s\x00-\x1f]+$")]
Line = Annotated[str, msgspec.Meta(max_length=300)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=8000)]


class BadClue(Exception):
    """What was sent is no clue; the text says what is wrong and where."""


class Attachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that the platform holds, by its digest."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    media_type: Annotated[str, msgspec.Meta(max_length=100)] = "application/octet-stream"
    size_bytes: Annotated[int, msgspec.Meta(ge=0)] = 0


class Clue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One clue (线索) as a platform hands it down.

    Attributes:
        platform_id: the platform's own id; the same id again must be the same clue.
        title, claim: what is claimed to be wrong.
        uscc: unified social credit code of the party, where the platform knows it.
        deadline: by when the platform wants the result; with a time zone. None: our own limit.
    """

    platform_id: Id
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    claim: Words
    uscc: Annotated[str, msgspec.Meta(max_length=40)] = ""
    party_name: Line = ""
    address: Line = ""
    deadline: dt.datetime | None = None
    attachments: Annotated[tuple[Attachment, ...], msgspec.Meta(max_length=50)] = ()

    @property
    def deadline_ms(self) -> int | None:
        """Epoch ms."""
        return None if self.deadline is None else round(self.deadline.timestamp() * 1000)

    @property
    def body(self) -> bytes:
        """Canonical JSON: what is stored and compared."""
        return canonical(msgspec.to_builtins(self))


def read(body: bytes) -> Clue:
    """Parses a clue.

    Raises:
        BadClue: not this shape.
    """
    try:
        return checked(msgspec.json.decode(body, type=Clue))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadClue(str(error)) from error


def checked(clue: Clue) -> Clue:
    """The same clue.

    Raises:
        BadClue: it holds what cannot be stored, a doubled attachment or a time without zone.
    """
    if clue.deadline is not None and clue.deadline.tzinfo is None:
        raise BadClue("deadline has no time zone - at `$.deadline`")
    names = [a.name for a in clue.attachments]
    if len(set(names)) != len(names):
        raise BadClue("two attachments have one name - at `$.attachments`")
    for where, text in _texts(clue):
        if any(ord(letter) < ord(" ") and letter not in "\t\r\n" for letter in text):
            raise BadClue(f"holds a control character - at `$.{where}`")
        if any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):  # noqa: PLR2004  surrogates
            raise BadClue(f"is no Unicode text - at `$.{where}`")
    return clue


def _texts(clue: Clue) -> list[tuple[str, str]]:
    fields = ("platform_id", "title", "claim", "uscc", "party_name", "address")
    own = [(name, str(getattr(clue, name))) for name in fields]
    return own + [("attachments", f"{a.name}{a.media_type}") for a in clue.attachments]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What goes back at once. Times are ISO 8601 with a zone.

    Attributes:
        body_sha256: of the clue's canonical JSON: what exactly we hold.
        due: by when we mean to answer.
    """

    platform_id: str
    clue_id: str
    received: str
    body_sha256: str
    due: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What goes back in the end.

    Attributes:
        outcome: one of ``OUTCOMES``, or ``returned``: not ours, and ``words`` says why.
        alert_id: the finding it led to or belongs to; empty for none.
    """

    platform_id: str
    clue_id: str
    outcome: str
    words: str
    alert_id: str
    answered: str


def message(kind: str, message_id: str, timestamp: str, data: msgspec.Struct) -> bytes:
    """The exact bytes of a message to the platform: Standard Webhooks' envelope."""
    said: dict[str, Any] = {
        "type": f"clue.{kind}", "id": message_id, "timestamp": timestamp,
        "data": msgspec.to_builtins(data),
    }  # fmt: skip
    return canonical(said)
