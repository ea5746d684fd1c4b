"""Owns the kinds of premises and points that can be supervised, and their names. Data only.

A point may have a kind of its own: a clinic has a waste room. Rules are bound to these names
(``site_kinds`` of the catalogue).
"""

from __future__ import annotations

KINDS: dict[str, tuple[str, str]] = {
    "pool": ("游泳场所", "swimming pool"),
    "foot_bath": ("浸脚消毒池", "foot bath"),
    "hotel": ("住宿场所", "hotel"),
    "hair_salon": ("美容美发场所", "hair salon"),
    "bath": ("沐浴场所", "bath house"),
    "mall": ("商场", "shopping mall"),
    "school": ("学校", "school"),
    "clinic": ("诊所、门诊部", "clinic"),
    "hospital": ("医院", "hospital"),
    "dental_clinic": ("口腔诊所", "dental clinic"),
    "water_plant": ("集中式供水", "water plant"),
    "secondary_supply": ("二次供水", "secondary water supply"),
    "waste_room": ("医疗废物暂存间", "medical waste room"),
    "sterilising_room": ("消毒供应室", "sterilising room"),
    "xray_room": ("放射诊疗机房", "X-ray room"),
    "vaccine_cold_store": ("疫苗冷库", "vaccine cold store"),
    "hospital_sewage": ("医疗机构污水处理站", "hospital sewage works"),
}
"""Kind: name in Chinese, name in English."""

CAPABILITIES: dict[str, tuple[str, str]] = {
    "high_definition": ("高清", "high definition"),
    "capacity": ("电池与存储容量大", "large battery and storage"),
    "smooth": ("摄录流畅", "records without stutter"),
    "integrity": ("文件完整、保密", "complete, confidential files"),
    "wide_angle": ("广角", "wide angle"),
    "loop": ("循环录制", "endless loop"),
    "encryption": ("文件加密", "encrypted files"),
    "infrared": ("红外夜视", "infrared"),
    "positioning": ("定位", "satellite positioning"),
    "upload": ("无线实时上传", "wireless upload"),
}
"""What a device that records picture and sound can do (AV-7), the first four always wanted."""

ALWAYS_WANTED = ("high_definition", "capacity", "smooth", "integrity")
