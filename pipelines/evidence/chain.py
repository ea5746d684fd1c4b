"""Owns checking the log's chain. Pure but for the keys it is given; reads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipelines.evidence.head import Head
from pipelines.evidence.keys import Keys
from pipelines.evidence.log import FIRST, Entry
from pipelines.evidence.report import Problem, Wrong

_MOST_PAIRS = 1000  # beyond this many bad entries, only neighbouring places are tried


@dataclass(slots=True)
class Chain:
    """Checks entries given in order of ``seq``; hold it over several pages.

    Attributes:
        sealed: of ``sealed`` entries, evidence id to manifest digest, and the entry's place.
    """

    keys: Keys
    head: Head | None
    count: int = 0
    sealed: dict[str, tuple[int, str]] = field(default_factory=dict)
    _seq: int = 0
    _hash: str = FIRST
    _sound: bool = True
    _bad: list[Entry] = field(default_factory=list)
    _problems: list[Problem] = field(default_factory=list)

    @property
    def last_seq(self) -> int:
        """The newest entry's place; 0 before any."""
        return self._seq

    def feed(self, entries: Iterable[Entry]) -> None:
        """Checks the next entries."""
        for entry in entries:
            self._take(entry)

    def finish(self) -> list[Problem]:
        """What is wrong, once all entries were fed."""
        return [*self._problems, *self._judged(), *self._at_the_end()]

    def _take(self, entry: Entry) -> None:
        self.count += 1
        linked = entry.seq == self._seq + 1
        if not linked:
            self._missing(self._seq + 1, entry.seq - 1, "the numbers have a hole")
        signed = self.keys.verify(entry.key_id, entry.content(), entry.signature)
        sound = signed and entry.hashed() == entry.entry_hash
        if not sound:
            self._bad.append(entry)
        elif linked and self._sound and entry.previous_hash != self._hash:
            detail = f"it holds {entry.previous_hash} as the hash before it, which is {self._hash}"
            self._say(entry, Wrong.REORDERED, detail)
        at_head = self.head is not None and entry.seq == self.head.head_seq
        if sound and at_head and self.head and entry.entry_hash != self.head.entry_hash:
            self._say(entry, Wrong.CHANGED, "the head file holds another hash for this place")
        if entry.kind == "sealed":
            self.sealed[entry.subject_id] = (entry.seq, entry.subject_sha256)
        self._seq, self._hash, self._sound = entry.seq, entry.entry_hash, sound

    def _judged(self) -> Iterator[Problem]:
        places = [entry.seq for entry in self._bad][:_MOST_PAIRS]
        for entry in self._bad:
            yield _problem(entry, *self._why(entry, places))

    def _why(self, entry: Entry, places: list[int]) -> tuple[Wrong, str]:
        if self.keys.verify(entry.key_id, entry.content(), entry.signature):
            return Wrong.CHANGED, f"its hash reads {entry.entry_hash}, but is {entry.hashed()}"
        if not self.keys.knows(entry.key_id):
            return Wrong.BAD_SIGNATURE, f"signed by key {entry.key_id}, which is not ours"
        for seq in {*places, entry.seq - 1, entry.seq + 1} - {entry.seq}:
            if self.keys.verify(entry.key_id, entry.content(seq=seq), entry.signature):
                return Wrong.REORDERED, f"it was signed as entry {seq}"
        if entry.hashed() == entry.entry_hash:
            return Wrong.BAD_SIGNATURE, f"the signature by key {entry.key_id} does not hold"
        return Wrong.CHANGED, "neither its hash nor its signature fits what it says"

    def _at_the_end(self) -> Iterator[Problem]:
        if self.head is None:
            return
        if self._seq < self.head.head_seq:
            detail = f"the head file knows entry {self.head.head_seq}; the log ends at {self._seq}"
            yield _gap(self._seq + 1, self.head.head_seq, detail)

    def _missing(self, first: int, last: int, detail: str) -> None:
        self._problems.append(_gap(first, last, detail))

    def _say(self, entry: Entry, wrong: Wrong, detail: str) -> None:
        self._problems.append(_problem(entry, wrong, detail))


def head_problem(wrong: Wrong, detail: str) -> Problem:
    """What is wrong with the head file itself."""
    return Problem(
        object="head file beside the keys",
        proves="that no entry was cut off the end of the log",
        wrong=wrong,
        detail=detail,
        provable="everything that is still in the log; not that nothing followed it",
    )


def _problem(entry: Entry, wrong: Wrong, detail: str) -> Problem:
    return Problem(
        object=f"log entry {entry.seq} ({entry.kind} {entry.subject_id})",
        proves=f"that {entry.subject_id} was {entry.kind} before what follows it",
        wrong=wrong,
        detail=detail,
        provable="the manifests and objects by their own signatures; not their order here",
    )


def _gap(first: int, last: int, detail: str) -> Problem:
    which = f"log entry {first}" if first == last else f"log entries {first} to {last}"
    return Problem(
        object=which,
        proves="what was sealed between its neighbours",
        wrong=Wrong.MISSING,
        detail=detail,
        provable="every entry that is left, by its own signature",
    )
