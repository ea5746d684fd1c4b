"""Owns the words of the reference page and of ``vigil catalogue``. Must not lay anything out."""

from __future__ import annotations

from typing import Literal

from detectors.catalogue.entry import Text

Language = Literal["zh", "en"]

CONFIDENCE = {
    "V": Text(zh="读过全文", en="read in a full text"),
    "P": Text(zh="见第三方网页摘录，未能取得原文", en="read in an excerpt on a third party's page"),
    "GK": Text(zh="一般知识，尚未核对", en="general knowledge, not yet checked"),
    "eng": Text(zh="工程默认值，并非法定", en="engineering default, not law"),
}
FINDING = {
    "breach": Text(zh="涉嫌违法", en="breach"),
    "warning": Text(zh="预警", en="early warning"),
    "lead": Text(zh="线索", en="lead"),
    "device": Text(zh="设备故障", en="device"),
}
WHEN = {"always": Text(zh="全天", en="always"), "open": Text(zh="营业时间", en="opening hours")}
STATISTIC = {"median": Text(zh="中位数", en="median"), "mean": Text(zh="均值", en="mean")}
COLUMNS = (
    Text(zh="内容", en="What"),
    Text(zh="限值", en="Limit"),
    Text(zh="时间窗与持续", en="Window and persistence"),
    Text(zh="时段", en="When"),
    Text(zh="所报性质", en="Finding"),
    Text(zh="依据", en="Law"),
    Text(zh="罚则", en="Penalty"),
    Text(zh="来源与说明", en="Source and note"),
    Text(zh="把握", en="Sure"),
)
LABORATORY = Text(zh="实验室，逐份", en="laboratory, each figure")
MEAN_OF = Text(zh="{length}{statistic}", en="{statistic} of {length}")
LASTS = Text(zh="持续 {length}", en="for {length}")
NOT_DETECTED = Text(zh="不得检出（{unit}）", en="none detected ({unit})")
EACH = Text(zh="逐个读数", en="each reading")
ADVISORY = Text(zh="（推荐性）", en=" (advisory)")
STAGED = Text(zh="（试运行，不派发）", en=" (staged: not sent to officers)")
WRITTEN = Text(zh="（原文：{written}）", en=" (written: {written})")
SOURCE = Text(zh="来源", en="source ")
UNITS = {
    "people": Text(zh="人", en="people"),
    "h": Text(zh="小时", en="h"),
    "min": Text(zh="分钟", en="min"),
    "s": Text(zh="秒", en="s"),
    "d": Text(zh="天", en="d"),
}

TITLE = Text(zh="Vigil 守望：限值与规则目录", en="Vigil: reference of limits and rules")
INTRO = Text(
    zh="""供监督员阅读和指正。本页由 `vigil catalogue page` 根据目录数据生成，请勿直接修改；\
修改方法见文末。

在线监测值只用于筛查：标准以实验室方法为准。每一条所报均由人判断，机器不作处罚；\
作为证据须有有效检定并经现场或实验室确认。判定一律适用行为发生时有效的版本。\
起始日期2022-01-14为本目录的起始日，各标准的施行日期凡未读到的均未填写。""",
    en="""For inspectors to read and to correct. `vigil catalogue page` writes this page from the \
catalogue's data: do not edit it, see below how to correct an entry.

Figures measured online only screen: the standards assume laboratory methods. A person decides \
on every finding, nobody is punished by a machine, and evidence needs a valid verification and a \
confirmation on site or in a laboratory. An act is judged by the version in force when it \
happened. 2022-01-14 is the day with which this catalogue begins; where a standard's own day was \
not read, none is claimed.""",
)
SURE = Text(zh="把握程度", en="How sure we are")
FINDINGS = Text(zh="所报性质", en="Kinds of finding")
FINDING_SAYS = {
    "breach": Text(
        zh="超出有法律依据的限值，核实后可成为案件",
        en="outside a limit of law; once confirmed it may become a case",
    ),
    "warning": Text(zh="接近限值，尚未违法", en="near a limit, not yet outside"),
    "lead": Text(
        zh="值得查看：推荐性要求、外地规定，或未读到所违反的条文",
        en="worth a look: advice, another place's rule, or no article was read that it breaks",
    ),
    "device": Text(zh="监测设备不正常，不涉及处罚", en="a monitor at fault; never a penalty"),
}
CHANGES = Text(zh="历次变化", en="Changes over time")
CHANGES_SAY = Text(
    zh="旧版本继续用于判定其有效期内的行为。",
    en="An old version goes on judging what happened while it held.",
)
CHANGE_COLUMNS = (
    Text(zh="条目", en="Entry"),
    Text(zh="版本", en="Version"),
    Text(zh="起", en="From"),
    Text(zh="止（不含）", en="Until (excluded)"),
    Text(zh="限值", en="Limit"),
    Text(zh="所报性质", en="Finding"),
    Text(zh="依据", en="Law"),
    Text(zh="把握", en="Sure"),
)
PROFILES = Text(
    zh="更严格的地方规定（按需启用）", en="Stricter local profiles, judged where enabled"
)
PROFILES_SAY = Text(
    zh="""每组自启用之日起判定，并取代其所列条目；但“线索”不取代“涉嫌违法”，两者并行，以免遗漏。\
比国家强制限值宽松的一律拒绝装载：以国家规定为准（工作办法第二十五条）。\
用 `VIGIL_CATALOGUE_PROFILES` 启用，例如 `{"cjt-244-2016": "2026-01-01"}`。""",
    en="""A profile judges from the day it is enabled and takes the place of the entries it names; \
but a lead never takes the place of a breach, both judge then. One that is looser than a mandatory \
national limit is refused at load: the national rule prevails (art. 25 of the district's \
regulation). Enable with `VIGIL_CATALOGUE_PROFILES`, such as `{"cjt-244-2016": "2026-01-01"}`.""",
)
STRICTER_THAN = Text(zh="严于", en="stricter than")
UNJUDGED = Text(zh="不能在线判定的要求", en="What cannot be judged online")
UNJUDGED_SAY = Text(
    zh="没有预警不等于合格。以下要求由人检查或由单位自查上报。",
    en="No alert does not mean compliance. People look after these, or parties report on them.",
)
UNJUDGED_COLUMNS = (
    Text(zh="场所", en="Where"),
    Text(zh="要求", en="What is asked"),
    Text(zh="为何不判定", en="Why not judged"),
    Text(zh="把握", en="Sure"),
)
SOURCES = Text(zh="来源", en="Sources")
CORRECT = Text(zh="如何更正", en="How to correct an entry")
CORRECT_SAYS = Text(
    zh="""1. 看到错误请告知数据管理员：条目编号（如 `pool-ph`）、正确的数值、条文和出处\
（文件、版本、页码）。
2. 管理员在本地目录文件夹（`VIGIL_CATALOGUE_FOLDER`）中写一个 `*.toml`，用同一 `id`、\
新的 `version` 和新的 `valid_from`：旧版本自该日止。不改写旧数值，不需要改程序。
3. 没有读到的法条不要填写；在 `source` 中写明在哪里读到，`confidence` 如实标记。
4. `vigil catalogue check --local 文件夹` 一次列出所有问题；\
`vigil catalogue show 编号` 查看全部版本；\
`vigil replay --catalogue 文件夹` 用已存读数试算更正后会报什么。""",
    en="""1. Tell whoever keeps the data: the entry's id (such as `pool-ph`), the right figure, \
the article, and where it stands (document, edition, page).
2. They write a `*.toml` in the local catalogue folder (`VIGIL_CATALOGUE_FOLDER`) with the same \
`id`, a new `version` and a new `valid_from`: the old version ends on that day. No figure is \
overwritten and no code is touched.
3. Write no article that you did not read; say in `source` where you read it, and be honest in \
`confidence`.
4. `vigil catalogue check --local FOLDER` names all problems at once; `vigil catalogue show ID` \
shows all versions; `vigil replay --catalogue FOLDER` tries a catalogue on stored readings.""",
)
NONE = Text(zh="无", en="none")


def say(text: Text, language: Language) -> str:
    """One of the two languages."""
    return text.zh if language == "zh" else text.en
