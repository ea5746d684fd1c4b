"""What senders may get wrong: strategies for whole payloads, from noise to nearly right."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import msgspec
from hypothesis import strategies as st

from tests.contract.gateways.enrolled import CO2, PROBE, SCALE

_DEVICES = st.one_of(
    st.sampled_from([PROBE, PROBE, PROBE, SCALE, CO2, "", "a/b", "#", "\0", "设备", "x" * 5000]),
    st.text(max_size=8),
)
_NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, -1, 2**31, 2**63 - 1, 2**63, 10**30, 10**400]),
)
_TIMES = st.one_of(
    st.integers(1_772_294_400_000, 1_772_380_800_000),
    st.sampled_from([0, -1, 1_772_294_400, 2**53, 2**63, -(2**63), 10**25]),
    st.floats(allow_nan=False),
)
_VALUES = st.one_of(
    st.floats(), st.none(), _NUMBERS, st.sampled_from([1e308, -0.0, 5e-324]), st.text(max_size=4)
)
_UNITS = st.sampled_from(["mg/L", "pH", "MG/L", "°C", "furlong", "", "mg/L\n", "м²", "mg/L" * 500])
_QUANTITIES = st.sampled_from(
    ["free_chlorine", "ph", "", "Free Chlorine", "'; DROP TABLE readings;"]
)
_ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, st.floats(), st.text(max_size=6)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def _shapes() -> st.SearchStrategy[Any]:
    block = st.fixed_dictionaries(
        {
            "quantity": _QUANTITIES,
            "unit": _UNITS,
            "t": st.lists(_TIMES, max_size=4),
            "v": st.lists(_VALUES, max_size=4),
        },
        optional={"flag": st.sampled_from(["N", "D", "n", "", "NN"]), "extra": _ANYTHING},
    )
    message = st.fixed_dictionaries(
        {"device": _DEVICES, "seq": _NUMBERS, "series": st.lists(block, max_size=3)},
        optional={"extra": _ANYTHING},
    )
    return st.one_of(message, message, _ANYTHING)


def _as_json(shape: Any) -> bytes:
    return json.dumps(shape, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _as_msgpack(shape: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(shape)
    except (OverflowError, UnicodeEncodeError):  # MessagePack has no such number or text
        return _as_json(shape)


def _cut(whole: bytes, at: float) -> bytes:
    return whole[: int(len(whole) * at)]


def _flipped(whole: bytes, at: float) -> bytes:
    place = int(len(whole) * at)
    return whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :] if whole else whole


def _nested(depth: int, opening: bytes) -> bytes:
    return b'{"device":"pool-probe","x":' + opening * depth


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(b"[" + b" " * size) + packer.flush()


def payloads() -> st.SearchStrategy[bytes]:
    """Payloads of every kind of wrongness, and right ones among them."""
    formed = st.one_of(_shapes().map(_as_json), _shapes().map(_as_msgpack))
    place = st.floats(0, 0.999)
    plain = st.one_of(
        formed,
        formed,
        st.binary(max_size=300),
        st.builds(_cut, formed, place),
        st.builds(_flipped, formed, place),
        st.builds(
            _nested,
            st.sampled_from([10, 5_000, 150_000]),
            st.sampled_from([b"[", b'{"a":', b"\x91"]),
        ),
    )
    packed = plain.map(lambda body: gzip.compress(body, mtime=0))
    return st.one_of(
        plain,
        packed,
        st.builds(_cut, packed, place),
        st.builds(_flipped, packed, place),
        packed.map(lambda body: body + b"more"),
        st.sampled_from(
            [_bomb(3_000_000), _bomb(60_000_000), b"\x1f\x8b", b"\xdf\xff\xff\xff\xff"]
        ),
    )
