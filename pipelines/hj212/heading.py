"""Owns the fields of a data segment before its content, and the answers made of them.

    QN=20160801085857223;ST=32;CN=2011;PW=100000;MN=...;Flag=5;CP=&&...&&

``Flag`` is a byte: the upper six bits are the standard's version (1 is 2017), then D (packets are
numbered by PNUM and PNO), then A (an answer is asked for). That 9014 answers an upload and 9013 a
notice, with the same QN, ST=91 and no content, is general knowledge and public examples (GK), not
read in the standard itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.errors import BadMessage
from pipelines.hj212.frame import encode
from pipelines.hj212.moment import MILLISECOND_DIGITS, epoch_ms

ASKS = 0b01
SPLIT = 0b10
MOST_FLAG = 0xFF
DATA_ANSWER = "9014"
NOTICE_ANSWER = "9013"
INTERACTION = "91"
CONTENT = "CP=&&"
CONTENT_END = "&&"
_MN = re.compile(r"[0-9A-Za-z_-]{1,32}", re.ASCII)
_PW = re.compile(r"[ -~]{1,64}")
_DIGITS = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Who says what.

    Attributes:
        qn: the request's number, the station's clock to the millisecond in Beijing time.
        pnum: how many packets the message has; 1 when it is not split.
        pno: this packet's number, from 1.
        content: what stands between the two ``&&``.
    """

    qn: str
    cn: str
    pw: str
    mn: str
    flag: int
    pnum: int
    pno: int
    content: str

    @property
    def asks(self) -> bool:
        """Whether the station waits for an answer."""
        return bool(self.flag & ASKS)

    @property
    def split(self) -> bool:
        """Whether this is a packet of a larger message."""
        return self.pnum > 1

    @property
    def sent_ms(self) -> int:
        """The station's clock when it made the message, epoch milliseconds."""
        return epoch_ms(self.qn)

    def answer(self, cn: str) -> bytes:
        """The frame that answers this one."""
        flag = self.flag & ~(ASKS | SPLIT)
        return encode(
            f"QN={self.qn};ST={INTERACTION};CN={cn};PW={self.pw};MN={self.mn};Flag={flag};"
            f"{CONTENT}{CONTENT_END}".encode("latin-1")
        )


def parse_heading(data: bytes) -> Heading:
    """Reads a data segment's fields.

    Raises:
        BadMessage: ``bad_heading``.
    """
    # Latin-1 takes any byte: what is not ASCII fails where it matters, and only there.
    head, content_begins, rest = data.decode("latin-1").partition(CONTENT)
    if not content_begins or not rest.endswith(CONTENT_END):
        raise BadMessage("bad_heading", "there is no content between CP=&& and &&")
    fields: dict[str, str] = {}
    for item in filter(None, head.split(";")):
        name, equals, value = item.partition("=")
        if not equals or name in fields:
            raise BadMessage("bad_heading", f"{item!r} is no field, or comes twice")
        fields[name] = value
    pnum, pno = _packet(fields, flag := _number(fields.get("Flag", "0"), "Flag"))
    return Heading(
        qn=_checked(fields, "QN", _is_request_number),
        cn=_checked(fields, "CN", _DIGITS.fullmatch),
        pw=_checked(fields, "PW", _PW.fullmatch),
        mn=_checked(fields, "MN", _MN.fullmatch),
        flag=flag,
        pnum=pnum,
        pno=pno,
        content=rest.removesuffix(CONTENT_END),
    )


def _packet(fields: dict[str, str], flag: int) -> tuple[int, int]:
    if not flag & SPLIT:
        return 1, 1
    pnum = _number(fields.get("PNUM", ""), "PNUM")
    pno = _number(fields.get("PNO", ""), "PNO")
    if not 1 <= pno <= pnum:
        raise BadMessage("bad_heading", f"packet {pno} of {pnum}")
    return pnum, pno


def _number(text: str, name: str) -> int:
    if not _DIGITS.fullmatch(text) or (name == "Flag" and int(text) > MOST_FLAG):
        raise BadMessage("bad_heading", f"{name} is {text!r}")
    return int(text)


def _checked(fields: dict[str, str], name: str, good: Callable[[str], object]) -> str:
    value = fields.get(name, "")
    if not good(value):
        raise BadMessage("bad_heading", f"{name} is missing or malformed: {value!r}")
    return value


def _is_request_number(text: str) -> bool:
    try:
        epoch_ms(text)
    except ValueError:
        return False
    return len(text) == MILLISECOND_DIGITS
