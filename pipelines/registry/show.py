"""Owns what is said of one device, and of how far an authority covers its premises."""

from __future__ import annotations

import msgspec

from pipelines.registry import cells
from pipelines.registry.kinds import ALWAYS_WANTED
from pipelines.registry.papers import Grade, Placement, Standing
from pipelines.registry.snapshot import assemble
from pipelines.registry.types import Contract, Device, Point, Register, Site

GRADES = {
    Grade.EVIDENCE: "may be evidence 可作证据",
    Grade.LEAD: "a lead only 仅作线索",
    Grade.NOTHING: "nothing 不可使用",
}


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One device at one moment.

    Attributes:
        lacks: of a device that records picture and sound, what AV-7 always wants and it has not.
    """

    device: Device
    at_ms: int
    standing: Standing
    placement: Placement | None = None
    point: Point | None = None
    site: Site | None = None
    contract: Contract | None = None
    lacks: tuple[str, ...] = ()


def show_device(register: Register, device_id: str, at_ms: int) -> Shown | None:
    """What the register says of a device at a moment; None when it knows none of that id."""
    device = next((one for one in register.devices if one.device_id == device_id), None)
    if device is None:
        return None
    at = (p for p in register.placements if p.device_id == device_id and p.covers(at_ms))
    placement = next(at, None)
    point = next(
        (p for p in register.points if placement and p.point_id == placement.point_id), None
    )
    records = device.kind in {"camera", "recorder"}
    return Shown(
        device=device,
        at_ms=at_ms,
        standing=assemble(register).standing(device_id, at_ms),
        placement=placement,
        point=point,
        site=next((s for s in register.sites if point and s.site_id == point.site_id), None),
        contract=next((c for c in register.contracts if c.contract_id == device.contract_id), None),
        lacks=tuple(one for one in ALWAYS_WANTED if records and one not in device.capabilities),
    )


def lines(shown: Shown) -> list[str]:
    """What a person reads, a fact a line."""
    device, point, contract = shown.device, shown.point, shown.contract
    said = [
        f"{device.device_id}  {device.kind}  {device.model}",
        f"at 时刻        {moment(shown.at_ms)}",
        f"standing 效力  {GRADES[shown.standing.grade]}",
        *(f"  - {reason}" for reason in shown.standing.reasons),
        *(_paper(shown, number) for number in range(len(shown.standing.papers))),
    ]
    if point is not None and shown.site is not None and shown.placement is not None:
        kind = point.kind or shown.site.kind
        said.append(
            f"point 点位     {point.point_id} {point.name_zh} ({kind}, {point.mounting}), "
            f"since {moment(shown.placement.from_ms)}; {point.siting_reason}"
        )
    said.append(
        f"standard 标准  {device.standard or '-'}; custodian 保管人 {device.custodian or '-'}"
    )
    if contract is not None:
        said.append(f"contract 合同  {contract.vendor} {contract.number}; "
                    f"NDA {contract.confidentiality_agreement}")  # fmt: skip
    if shown.lacks:
        said.append(f"lacks 缺少性能 {' '.join(shown.lacks)} (AV-7)")
    return said


def moment(at_ms: int) -> str:
    """A time as people in Wucheng write it."""
    return cells.TIME.write(at_ms)


def parse_moment(text: str) -> int:
    """Reads such a time.

    Raises:
        ValueError: it is none.
    """
    return int(cells.TIME.read(text))


def _paper(shown: Shown, number: int) -> str:
    paper = shown.standing.papers[number]
    until = moment(paper.valid_to_ms) if paper.valid_to_ms is not None else "..."
    return f"  + {paper.kind.value}: {paper.number}, {moment(paper.valid_from_ms)} to {until}"
