"""Owns the words the register allows for premises, points and what equipment can do. Data only.

The kinds are the catalogue's, for rules are bound to them. A point may have a kind of its own: a
clinic has a waste room.
"""

from __future__ import annotations

from detectors.catalogue.places import SITE_KINDS

KINDS: dict[str, tuple[str, str]] = {kind: (name.zh, name.en) for kind, name in SITE_KINDS.items()}
"""Kind: name in Chinese, name in English."""

PRIVATE_KINDS: dict[str, tuple[str, str]] = {
    "guest_room": ("客房", "guest room"),
    "bathroom": ("公共浴室", "bathing room"),
    "toilet": ("卫生间", "toilet"),
    "changing_room": ("更衣室", "changing room"),
    "nursing_room": ("哺乳室", "nursing room"),
    "fitting_room": ("试衣间", "fitting room"),
}
"""Points at which no camera may stand; a sensor may. The law is named in ``privacy.py``."""

POINT_KINDS: dict[str, tuple[str, str]] = {
    **KINDS,
    **PRIVATE_KINDS,
    "public_area": ("大厅、走廊等公共区域", "public area such as a lobby or corridor"),
}
"""What a point may be: a kind of premises, or a part of them that rules tell apart."""

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
