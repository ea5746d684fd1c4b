"""The wire: what goes in comes out; other versions, other shapes and noise are refused."""

from __future__ import annotations

from typing import get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.types import Phase, Signal
from pipelines import codec
from pipelines.errors import BadMessage

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
WHOLE = st.integers(-(2**63), 2**63 - 1)
SIGNALS = st.builds(
    Signal,
    phase=st.sampled_from(Phase),
    rule_id=st.text(), rule_version=st.text(), severity=st.text(), party_id=st.text(),
    site_id=st.text(), place=st.text(), subject=st.text(), start_ms=WHOLE, at_ms=WHOLE,
    unit=st.text(), value=st.none() | NUMBERS, low=st.none() | NUMBERS, high=st.none() | NUMBERS,
    series_id=st.none() | WHOLE, camera_id=st.none() | st.text(), zone_id=st.none() | st.text(),
    staged=st.booleans(), inputs=st.dictionaries(st.text(), NUMBERS),
)  # fmt: skip
BY_TYPE: dict[object, st.SearchStrategy[object]] = {
    int: WHOLE,
    str: st.text(),
    bytes: st.binary(),
    Signal: SIGNALS,
}
KINDS = (
    codec.Envelope, codec.SignalMessage, codec.AlertMessage, codec.VerdictMessage,
    codec.AnswerMessage, codec.DeadLetter,
)  # fmt: skip


def strategy(kind: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    """Any message of a kind, its version left at ours."""
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name != "v"}
    return st.builds(kind, **{name: BY_TYPE[hint] for name, hint in hints.items()})


MESSAGES = st.one_of([strategy(kind) for kind in KINDS])


@given(message=MESSAGES)
def test_round_trip(message: msgspec.Struct) -> None:
    assert codec.decode(codec.encode(message), type(message)) == message


@given(message=MESSAGES, version=WHOLE.filter(lambda v: v != codec.VERSION))
def test_other_versions_are_refused(message: msgspec.Struct, version: int) -> None:
    other = codec.encode(msgspec.structs.replace(message, v=version))
    with pytest.raises(BadMessage) as refused:
        codec.decode(other, type(message))
    assert refused.value.reason == "unknown_version"
    assert str(version) in refused.value.detail


@given(noise=st.binary(max_size=200), kind=st.sampled_from(KINDS))
def test_noise_is_refused_and_nothing_else_is_raised(
    noise: bytes, kind: type[msgspec.Struct]
) -> None:
    with pytest.raises(BadMessage):
        codec.decode(noise, kind)


@given(message=MESSAGES, share=st.floats(0, 0.999))
def test_a_cut_off_message_is_refused(message: msgspec.Struct, share: float) -> None:
    whole = codec.encode(message)
    with pytest.raises(BadMessage):
        codec.decode(whole[: int(len(whole) * share)], type(message))


def test_absent_and_endlessly_nested_values_are_refused() -> None:
    nested = b"\x81\xa1x" + b"\x91" * 200_000
    for data in (None, b"", nested):
        with pytest.raises(BadMessage) as refused:
            codec.decode(data, codec.Envelope)
        assert refused.value.reason == "undecodable"


def test_every_message_of_the_wire_is_tested_here() -> None:
    structs = {
        thing
        for thing in vars(codec).values()
        if isinstance(thing, type) and issubclass(thing, msgspec.Struct) and thing is not Signal
    }
    assert structs == set(KINDS)
