"""Owns which perfect subtrees a root or a proof is made of. Hashes nothing, reads nothing.

A subtree is (level, number): the root over the ``1 << level`` leaves from ``number << level`` on.
An element of a proof that is no perfect subtree is a run of several, to be folded (``folded``).
"""

from __future__ import annotations

Subtree = tuple[int, int]
Run = list[Subtree]


def run(begin: int, end: int) -> Run:
    """The subtrees of leaves ``begin`` to ``end`` (exclusive), largest first.

    ``begin`` is a multiple of the largest power of two not above the length.
    """
    found: Run = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        found.append((level, begin >> level))
        begin += 1 << level
    return found


def inclusion(index: int, size: int) -> list[Run]:
    """The path of a leaf, from the leaf up (RFC 9162, 2.1.3.1).

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    begin, end = 0, size
    found: list[Run] = []
    while end - begin > 1:
        middle = begin + _half(end - begin)
        if index < middle:
            found.append(run(middle, end))
            end = middle
        else:
            found.append(run(begin, middle))
            begin = middle
    return found[::-1]


def consistency(size: int, later: int) -> list[Run]:
    """The proof that a tree continues an earlier one (RFC 9162, 2.1.4.1).

    Raises:
        ValueError: the earlier one is the larger.
    """
    if not 0 <= size <= later:
        raise ValueError(f"a tree of {later} cannot continue one of {size}")
    if size in (0, later):
        return []
    begin, end, whole = 0, later, True
    found: list[Run] = []
    while size != end:
        middle = begin + _half(end - begin)
        if size <= middle:
            found.append(run(middle, end))
            end = middle
        else:
            found.append(run(begin, middle))
            begin, whole = middle, False
    if not whole:
        found.append(run(begin, end))
    return found[::-1]


def _half(length: int) -> int:
    """The largest power of two below a length of two or more."""
    return 1 << ((length - 1).bit_length() - 1)
