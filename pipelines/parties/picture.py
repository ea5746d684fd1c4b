"""Owns writing a stranger's picture anew: ``python -m pipelines.parties.picture MEMORY``.

Standard input is the picture, standard output a JPEG of at most 1600 pixels a side without any
metadata. A process of its own, with a bound on memory: what breaks the decoder breaks only this.
"""

from __future__ import annotations

import resource
import sys

_LONGEST = 1600
_QUALITY = 85


def anew(content: bytes) -> bytes:
    """The picture as a fresh JPEG.

    Raises:
        ValueError: it is none, or too large.
    """
    import cv2  # noqa: PLC0415  the caller's bound on pixels is read when it is imported
    import numpy as np  # noqa: PLC0415

    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise ValueError(str(error)) from error
    if picture is None:
        raise ValueError("no picture")
    height, width = picture.shape[:2]
    share = _LONGEST / max(height, width)
    if share < 1:
        size = (max(1, round(width * share)), max(1, round(height * share)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    made, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not made:
        raise ValueError("it cannot be written")
    return bytes(data.tobytes())


def main() -> None:
    """Reads, bounds itself, writes."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        sys.stdout.buffer.write(anew(sys.stdin.buffer.read()))
    except (ValueError, MemoryError) as error:
        sys.stderr.write(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
