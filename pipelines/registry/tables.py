"""Owns what each table's sheet looks like to the person who fills it in. Data only.

A column is headed by the field's name without ``_ms``; a cell left blank takes the field's default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from detectors.types import ZONE_KINDS
from pipelines.registry import cells
from pipelines.registry.cells import Cell
from pipelines.registry.kinds import CAPABILITIES, KINDS, POINT_KINDS
from pipelines.registry.papers import Paper
from pipelines.registry.read import row_types


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a sheet.

    Attributes:
        says: what to write there, in Chinese; it stands in the sheet's second row.
        refers: the table whose key it must hold.
        closes: it may be filled in later: the end of something is news, no correction.
        optional: a sheet may do without it: older sheets know it not.
    """

    field: str
    cell: Cell
    says: str
    refers: str = ""
    closes: bool = False
    optional: bool = False

    @property
    def header(self) -> str:
        """What stands above it."""
        return self.field.removesuffix("_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A sheet.

    Attributes:
        key: how many of the first columns tell one row from another.
        unique: groups of columns that no two rows share.
        apart: rows alike in the first column must not overlap in time: from, to.
    """

    name: str
    says: str
    columns: tuple[Column, ...]
    key: int = 1
    unique: tuple[tuple[str, ...], ...] = ()
    apart: tuple[str, str, str] | None = None

    def key_of(self, row: msgspec.Struct) -> tuple[Any, ...]:
        """What tells a row from the others of its table."""
        return tuple(getattr(row, column.field) for column in self.columns[: self.key])

    @property
    def struct(self) -> type[msgspec.Struct]:
        """The type of its rows."""
        return ROWS[self.name]


ROWS = row_types()
_PAPERS = cells.choice(*Paper)


def _id(field: str, says: str, refers: str = "") -> Column:
    return Column(field=field, cell=cells.ID, says=says, refers=refers)


def _text(field: str, says: str) -> Column:
    return Column(field=field, cell=cells.TEXT, says=says)


def _one(field: str, says: str, *options: str) -> Column:
    return Column(field=field, cell=cells.choice(*options), says=says)


def _time(field: str, says: str, *, closes: bool = False) -> Column:
    return Column(field=field, cell=cells.TIME, says=says, closes=closes)


_PAPER = Cell(
    read=lambda text: Paper(_PAPERS.read(text)), write=lambda paper: paper.value,
    example=" | ".join(Paper),
)  # fmt: skip
_NAMES = (_text("name_zh", "中文名称"), _text("name_en", "英文名称"))
_VALID = (
    _time("valid_from_ms", "生效时间"),
    _time("valid_to_ms", "失效时间，空为长期", closes=True),
)
_SPELL = (_time("from_ms", "开始时间"), _time("to_ms", "结束时间，空为至今", closes=True))
_OF_DEVICE = _id("device_id", "设备编号", "devices")
_OF_PARTY = _id("party_id", "监管对象编号", "parties")
_OF_SITE = _id("site_id", "场所编号", "sites")
_OF_PLACEMENT = _id("placement_id", "安放编号", "placements")
_DIGEST = Column(field="key_sha256", cell=cells.DIGEST, says="密钥的 SHA-256，不是密钥本身")

SHEETS: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            name="units", says="内设机构：人员与场所各归其一",
            columns=(_id("unit_id", "机构编号"), *_NAMES),
        ),
        Table(
            name="districts", says="区县",
            columns=(_id("district_id", "行政区划代码"), *_NAMES),
        ),
        Table(
            name="parties", says="监管对象",
            columns=(
                _id("party_id", "监管对象编号"),
                _id("district_id", "行政区划代码", "districts"),
                Column(field="uscc", cell=cells.USCC, says="统一社会信用代码，18 位"),
                *_NAMES,
                _text("service_email", "告知用电子邮箱"),
            ),
            unique=(("uscc",),),
        ),
        Table(
            name="participations", says="参与情况：安装设备、自我监管",
            columns=(
                _id("participation_id", "参与编号"), _OF_PARTY,
                _one("kind", "device 安装设备，self_supervision 自我监管",
                     "device", "self_supervision"),
                _text("number", "协议或文件编号"), *_VALID,
            ),
        ),
        Table(
            name="delivery_addresses", says="送达地址确认",
            columns=(
                _id("delivery_id", "送达地址编号"), _OF_PARTY,
                _one("method", "送达方式", "email", "mobile", "fax", "wechat", "post",
                     "in_person", "other"),
                _text("address", "地址、号码或账号"), _text("signed_by", "签字确认人"),
                _time("signed_ms", "签字时间"), *_VALID,
            ),
        ),
        Table(
            name="sites", says="场所",
            columns=(
                _id("site_id", "场所编号"), _OF_PARTY,
                _one("kind", "场所类别", *KINDS), *_NAMES,
                Column(field="hours", cell=cells.HOURS, says="营业时间"),
                Column(field="unit_id", cell=cells.ID, says="负责监管的内设机构编号",
                       refers="units", optional=True),
            ),
        ),
        Table(
            name="closed_days", says="歇业日",
            columns=(
                _id("closure_id", "歇业编号"), _OF_SITE,
                Column(field="first_day", cell=cells.DAY, says="第一天"),
                Column(field="last_day", cell=cells.DAY, says="最后一天（含）"),
                _text("reason", "原因"),
            ),
        ),
        Table(
            name="points", says="点位",
            columns=(
                _id("point_id", "点位编号"), _OF_SITE,
                _id("place", "点位在场所内的代号"),
                _one("kind", "点位类别，与场所不同时填写", *POINT_KINDS), *_NAMES,
                _one("mounting", "fixed 定点，mobile 移动", "fixed", "mobile"),
                _text("siting_reason", "选点理由"),
                _text("published_location", "对外公布的设置地点"),
            ),
            unique=(("site_id", "place"),),
        ),
        Table(
            name="contracts", says="采购合同",
            columns=(
                _id("contract_id", "合同编号（本簿）"), _text("vendor", "供应商"),
                _text("number", "合同号"), _text("confidentiality_agreement", "保密协议"),
                _text("data_security_duty", "信息数据安全条款"),
                _text("intellectual_property", "知识产权归属条款"),
                _text("maintenance_duty", "设备维护条款"), *_VALID,
            ),
        ),
        Table(
            name="devices", says="设备",
            columns=(
                _id("device_id", "设备编号"),
                _one("kind", "sensor 传感器，camera 摄像机，recorder 执法记录仪",
                     "sensor", "camera", "recorder"),
                _text("model", "型号"), _text("standard", "所符合的国家或行业标准"),
                _id("contract_id", "合同编号（本簿）", "contracts"),
                _text("custodian", "使用保管人"),
                Column(field="capabilities", cell=cells.words(*CAPABILITIES),
                       says="音像设备性能，空格分隔"),
                _time("installed_ms", "安装时间"),
                _time("removed_ms", "拆除时间", closes=True),
            ),
        ),
        Table(
            name="placements", says="安放：设备在哪个点位，从何时到何时",
            columns=(
                _id("placement_id", "安放编号"), _OF_DEVICE,
                _id("point_id", "点位编号", "points"), *_SPELL,
            ),
            apart=("device_id", "from_ms", "to_ms"),
        ),
        Table(
            name="series", says="监测量：移位后须另立编号",
            columns=(
                Column(field="series_id", cell=cells.WHOLE, says="序列编号，整数"),
                _OF_PLACEMENT, Column(field="quantity", cell=cells.QUANTITY, says="监测量"),
                _text("unit", "单位"),
                Column(field="interval_s", cell=cells.POSITIVE, says="上报间隔，秒"),
                Column(field="resolution", cell=cells.NOT_NEGATIVE, says="分辨力，未知填 0"),
            ),
            unique=(("placement_id", "quantity"),),
        ),
        Table(
            name="zones", says="画面区域",
            columns=(
                _id("zone_id", "区域编号"), _OF_PLACEMENT,
                _one(
                    "kind",
                    "closed 禁入，post 值守，crowd 计数，waste 医废，clinical 诊疗，bins 垃圾桶",
                    *ZONE_KINDS,
                ),
                Column(field="polygon", cell=cells.POLYGON, says="各角，占画面宽高的比例"),
                Column(field="crowd_limit", cell=cells.WHOLE, says="核定人数，其他区域填 0"),
                _one("active", "何时有效", "always", "open", "shut"),
            ),
        ),
        Table(
            name="privacy_masks", says="隐私遮挡：画面中不得看见的部分",
            columns=(
                _id("mask_id", "遮挡编号"), _OF_PLACEMENT,
                Column(field="polygon", cell=cells.POLYGON, says="各角，占画面宽高的比例"),
                _text("why", "遮挡原因"),
                Column(field="masked_by_camera", cell=cells.YES_NO,
                       says="摄像机自身已遮挡填 yes；填 no 则不录主码流"),
                *_VALID,
            ),
        ),
        Table(
            name="documents", says="设备手续",
            columns=(
                _id("document_id", "手续编号"), _OF_DEVICE,
                Column(field="kind", cell=_PAPER, says="手续类别"),
                _text("number", "文号"), _text("issued_by", "出具单位"),
                _text("signed_by", "签字人，安装确认书必填"), *_VALID,
                Column(field="clock_offset_ms", cell=cells.WHOLE,
                       says="时钟校验：设备钟减标准时，毫秒"),
            ),
        ),
        Table(
            name="maintenance", says="维护期：其间数据不作证据",
            columns=(
                _id("maintenance_id", "维护编号"), _OF_DEVICE, *_SPELL, _text("why", "原因"),
            ),
        ),
        Table(
            name="damages", says="损毁、擅自移动、拆除",
            columns=(
                _id("damage_id", "事件编号"), _OF_DEVICE, _time("at_ms", "发生时间"),
                _time("restored_ms", "恢复时间", closes=True), _text("what", "情况"),
                _text("by_whom", "行为人"), _text("compensation", "恢复原状或赔偿情况"),
            ),
        ),
        Table(
            name="site_keys", says="场所网关密钥摘要",
            columns=(_DIGEST, _OF_SITE, *_VALID),
        ),
        Table(
            name="device_keys", says="设备密钥摘要",
            columns=(_DIGEST, _OF_DEVICE, *_VALID),
        ),
        Table(
            name="hj212_stations", says="HJ 212 站点", key=2,
            columns=(
                _id("mn", "设备唯一标识 MN"), _VALID[0],
                Column(field="password_sha256", cell=cells.DIGEST, says="访问密码的 SHA-256"),
                _OF_DEVICE, _VALID[1],
            ),
            apart=("mn", "valid_from_ms", "valid_to_ms"),
        ),
    )
}  # fmt: skip
"""Every sheet by its name, in an order in which each refers only to earlier ones."""
