"""Whatever comes in: stored, a counted duplicate, or a dead letter with its bytes and a reason."""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.catalogue import load as load_catalogue
from pipelines import codec
from pipelines.hj212 import station
from pipelines.readings.stage import ReadingsStage
from pipelines.stage import Count, Message, Refuse, Save
from tests.unit.demo.known import DAY_START_MS, demo_registry, on_log

NOON = DAY_START_MS + 12 * 3600 * 1000
STAGE = ReadingsStage(demo_registry(), load_catalogue(), lateness_ms=360_000, future_ms=300_000)

NUMBERS = st.one_of(
    st.none(),
    st.floats(),
    st.integers(),
    st.text(max_size=3),
    st.sampled_from([0.6, 7.3, 1e308, -5.0]),
)
TIMES = st.one_of(
    st.integers(NOON - 7_200_000, NOON + 600_000), st.integers(), st.just(2**70), st.none()
)
BLOCKS = st.fixed_dictionaries(
    {
        "quantity": st.sampled_from(["ph", "orp", "free_chlorine", "", "chlorophyll"]),
        "unit": st.sampled_from(["pH", "mV", "mg/L", "V", "", "furlong"]),
        "t": st.lists(TIMES, max_size=4),
        "v": st.lists(NUMBERS, max_size=4),
    },
    optional={"flag": st.sampled_from(["N", "D", "x", ""]), "more": st.just(1)},
)
BODIES = st.fixed_dictionaries(
    {
        "device": st.sampled_from(["pool-probe", "pool-camera", "nobody", "hotel-co2-lobby"]),
        "seq": st.one_of(st.integers(0, 3), st.integers()),
        "series": st.lists(BLOCKS, max_size=3),
    }
)


@st.composite
def messages(draw: st.DrawFn) -> tuple[bytes, str]:
    """Bytes and how their gateway says they are to be read: from good to anything at all."""
    wire = draw(st.sampled_from(["json", "msgpack", "json+gzip", "hj212", "", "refused/garbled"]))
    if draw(st.integers(0, 4)) == 0:
        return draw(st.binary(max_size=60)), wire
    if wire == "hj212":
        codes = {"w01001": draw(st.floats(-1, 15)), "w01019": draw(st.floats(0, 3))}
        (raw, *_) = station.upload(mn="0" * 24, pw="123456", at_ms=NOON, values=codes)
    else:
        body = draw(BODIES)
        try:
            raw = msgspec.msgpack.encode(body) if "msgpack" in wire else msgspec.json.encode(body)
        except OverflowError:
            raw = repr(body).encode()
        raw = gzip.compress(raw, 1) if "gzip" in wire else raw
    return (raw[: draw(st.integers(0, len(raw)))] if draw(st.booleans()) else raw), wire


def logged(raw: bytes, wire: str, offset: int) -> Message:
    envelope = codec.Envelope(
        kind="batch", gateway="pool-hall", received_ms=NOON + offset, raw=raw,
        sha256=hashlib.sha256(raw).hexdigest(), wire=wire,
    )  # fmt: skip
    return on_log(codec.encode(envelope), offset)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=st.lists(messages(), min_size=1, max_size=8))
async def test_every_message_is_stored_a_duplicate_or_a_dead_letter(
    sent: list[tuple[bytes, str]],
) -> None:
    """No crash and no silent loss; a dead letter has the sender's own bytes and a reason."""
    run = [logged(raw, wire, offset) for offset, (raw, wire) in enumerate(sent)]
    effects = (await STAGE.handle(STAGE.load({}), run, now_ms=0)).effects
    came_to: Counter[int] = Counter()
    duplicates = 0
    for effect in effects:
        if isinstance(effect, Refuse):
            assert effect.original == sent[effect.message.offset][0]
            assert effect.error.reason
            came_to[effect.message.offset] += 1
        elif isinstance(effect, Save) and effect.statement == "readings_raw_batch":
            row: dict[str, Any] = dict(effect.params)
            assert row["original"] == sent[row["message_offset"]][0]
            came_to[row["message_offset"]] += 1
        elif isinstance(effect, Count) and effect.name == "messages_duplicate":
            duplicates += effect.amount
    assert len(came_to) + duplicates == len(sent)
