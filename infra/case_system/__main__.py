"""Owns the command line: ``python -m infra.case_system --port N --secret whsec_... --data DIR``."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from infra.case_system.app import build
from infra.case_system.options import Options


def main() -> None:
    """Serves until stopped."""
    parser = argparse.ArgumentParser(prog="python -m infra.case_system", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret", required=True, help="whsec_..., shared with the sender")
    parser.add_argument("--data", type=Path, required=True, help="folder of its own")
    parser.add_argument("--callback", default="", help="where decisions are posted")
    parser.add_argument("--decide-after-s", type=float, default=2.0)
    parser.add_argument("--decision", choices=["filed", "no_case"], default="filed")
    faults = parser.add_argument_group("fault switches")
    faults.add_argument("--fail-first", type=int, default=0, help="fail so many requests")
    faults.add_argument("--fail-status", type=int, default=500)
    faults.add_argument("--retry-after-s", type=int, help="sent with those failures")
    faults.add_argument("--hang", action="store_true", help="take cases, never answer")
    given = vars(parser.parse_args())
    host, port = given.pop("host"), given.pop("port")
    uvicorn.run(
        build(Options(**given)),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
