"""Owns when two class names mean the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from models.errors import ModelError

# Names that published sets and models use, to Vigil's.
SYNONYMS = {
    "with_mask": "mask", "masked": "mask", "face_mask": "mask", "mask_on": "mask",
    "without_mask": "no_mask", "nomask": "no_mask", "unmasked": "no_mask", "mask_off": "no_mask",
    "no_face_mask": "no_mask",
    "mask_weared_incorrect": "mask_badly_worn", "incorrect_mask": "mask_badly_worn",
    "mask_incorrect": "mask_badly_worn", "improper_mask": "mask_badly_worn",
    "mask_worn_incorrectly": "mask_badly_worn", "wrong_mask": "mask_badly_worn",
    "people": "person", "pedestrian": "person", "human": "person",
    "cig": "cigarette", "cigarettes": "cigarette",
}  # fmt: skip


def same_name(name: str, said: dict[str, str] | None = None) -> str:
    """The name under which a class is compared; ``said`` (theirs to ours) wins over synonyms."""
    if said and name in said:
        name = said[name]
    plain = re.sub(r"[\s\-]+", "_", name.strip()).lower()
    return SYNONYMS.get(plain, plain)


def read_mapping(pairs: Iterable[str]) -> dict[str, str]:
    """``theirs=ours`` pairs as a mapping.

    Raises:
        ModelError: a pair without both sides.
    """
    mapping = {}
    for pair in pairs:
        theirs, _, ours = (part.strip() for part in pair.partition("="))
        if not theirs or not ours:
            raise ModelError(f"--map {pair!r} is not THEIRS=OURS, as in --map face_with_mask=mask")
        mapping[theirs] = ours
    return mapping
