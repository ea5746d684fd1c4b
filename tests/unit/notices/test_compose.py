"""A notice says what, where, when, the limit, the law, who decides and how to answer; in both."""

from __future__ import annotations

import dataclasses

from pipelines.notices.compose import Seen, compose

SEEN = Seen(
    number="0123456789ab",
    party_zh="蓝波游泳馆",
    party_en="Blue Wave Pool",
    site_zh="主馆",
    site_en="Main hall",
    place_zh="主池",
    place_en="Main pool",
    title_zh="余氯超出限值",
    title_en="Free chlorine outside the limits",
    start_ms=1_760_000_000_000,
    detected_ms=1_760_000_900_000,
    value=0.123456,
    unit="mg/L",
    low=0.3,
    high=1.0,
    law="GB 37488-2019 4.4.1",
    photographed=True,
    answer_to="vigil@example.org",
)


def test_says_all_in_both_languages() -> None:
    text = compose(SEEN)
    assert SEEN.number in text.subject
    chinese, english = text.body.split("-" * 40)
    for part, words in (
        (chinese, ("蓝波游泳馆", "主馆", "主池", "余氯超出限值", "不低于 0.3 mg/L", "不高于 1 mg/L",
                   "不是处罚决定", "人工审核", "第四十一条", "第四十五条", "现场录像")),
        (english, ("Blue Wave Pool", "Main hall", "Main pool", "Free chlorine outside the limits",
                   "not below 0.3 mg/L", "not above 1 mg/L", "not a decision", "an officer will",
                   "article 41", "article 45", "footage")),
    ):  # fmt: skip
        for word in (*words, "0.1235 mg/L", SEEN.number, SEEN.answer_to, "GB 37488-2019 4.4.1",
                     "2025-10-09 16:53:20", "2025-10-09 17:08:20"):  # fmt: skip
            assert word in part


def test_leaves_out_what_there_is_not() -> None:
    bare = dataclasses.replace(SEEN, value=None, low=None, high=None, law="", photographed=False)
    body = compose(bare).body
    for word in (
        "测得",
        "限值：",
        "依据",
        "Measured:",
        "Limit:",
        "Basis:",
        "录像",
        "footage",
        "None",
    ):
        assert word not in body
