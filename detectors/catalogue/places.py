"""Owns the kinds of site and point a limit may hold at. Must not know limits.

A rule sees the kind of the *point*: a vaccine refrigerator inside a clinic is
``vaccine_cold_store``, its waste room ``waste_room``.
"""

from __future__ import annotations

from detectors.catalogue.entry import ANY, Text

SITE_KINDS: dict[str, Text] = {
    "pool": Text(zh="游泳池", en="Swimming pool"),
    "foot_bath": Text(zh="浸脚消毒池", en="Foot bath of a pool"),
    "hotel": Text(zh="住宿场所", en="Hotel"),
    "hair_salon": Text(zh="美容美发场所", en="Hair and beauty salon"),
    "bath": Text(zh="沐浴场所", en="Public bath"),
    "mall": Text(zh="商场", en="Shopping mall"),
    "school": Text(zh="学校", en="School"),
    "clinic": Text(zh="诊所", en="Clinic"),
    "hospital": Text(zh="医院", en="Hospital"),
    "dental_clinic": Text(zh="口腔诊所", en="Dental clinic"),
    "water_plant": Text(zh="水厂", en="Water plant"),
    "secondary_supply": Text(zh="二次供水", en="Secondary water supply"),
    "waste_room": Text(zh="医疗废物暂存间", en="Medical-waste room"),
    "sterilising_room": Text(zh="消毒供应室", en="Sterilising room"),
    "xray_room": Text(zh="放射诊疗机房", en="X-ray room"),
    "vaccine_cold_store": Text(zh="疫苗冷链", en="Vaccine cold store"),
    "hospital_sewage": Text(zh="医院污水", en="Hospital sewage"),
}
"""Every kind, in the order in which the reference page shows them."""

NAMES: dict[str, Text] = {**SITE_KINDS, ANY: Text(zh="所有场所", en="Everywhere")}
