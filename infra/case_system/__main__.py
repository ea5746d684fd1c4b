"""Owns the command line: ``python -m infra.case_system --port N --secret whsec_... --data DIR``."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from infra.case_system.app import build
from infra.case_system.document import publish_to
from infra.case_system.options import Options


def main() -> None:
    """Serves until stopped, or writes the contract."""
    parser = argparse.ArgumentParser(prog="python -m infra.case_system", description=__doc__)
    parser.add_argument(
        "--contract", type=Path, help="write OpenAPI and JSON Schemas here, and end"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int)
    parser.add_argument("--secret", default="", help="whsec_... keys, shared with the sender")
    parser.add_argument("--data", type=Path, help="folder of its own")
    parser.add_argument("--callback", default="", help="where steps of cases are posted")
    parser.add_argument("--decide-after-s", type=float, default=2.0)
    parser.add_argument(
        "--decision", choices=["penalty", "no_penalty", "refused", "annulled"], default="penalty"
    )
    faults = parser.add_argument_group("fault switches")
    faults.add_argument("--fail-first", type=int, default=0, help="fail so many requests")
    faults.add_argument("--fail-status", type=int, default=500)
    faults.add_argument("--retry-after-s", type=int, help="sent with those failures")
    faults.add_argument("--hang", action="store_true", help="take cases, never answer")
    faults.add_argument("--gone", action="store_true", help="answer 410 to every case")
    faults.add_argument("--fault-percent", type=float, default=0.0, help="requests that go wrong")
    faults.add_argument("--slow-s", type=float, default=0.2, help="how slow a slow answer is")
    faults.add_argument("--double-percent", type=float, default=0.0, help="call-backs sent twice")
    faults.add_argument("--seed", type=int, default=0, help="of the faults")
    given = vars(parser.parse_args())
    host, port, contract = given.pop("host"), given.pop("port"), given.pop("contract")
    if contract is not None:
        publish_to(contract)
        return
    if not (port and given["secret"] and given["data"]):
        parser.error("--port, --secret and --data are needed")
    uvicorn.run(
        build(Options(**given)),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
