"""Owns what an error of S3 means for a vault: gone, in the way, for now, or for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError

from pipelines.errors import Transient

_GONE = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
_TAKEN = frozenset({"412", "PreconditionFailed"})
_FOR_NOW = frozenset({
    "ConditionalRequestConflict", "ExpiredToken", "InternalError", "OperationAborted",
    "RequestLimitExceeded", "RequestTimeout", "RequestTimeTooSkewed", "ServiceUnavailable",
    "SlowDown", "Throttling", "TooManyRequests",
})  # fmt: skip
_SERVER_ERROR = 500


@contextmanager
def asked(what: str, *, missing: type[OSError] = FileNotFoundError) -> Iterator[None]:
    """Turns the library's errors into a vault's.

    Args:
        what: was asked for; begins the text.
        missing: raised where the store says that there is none.

    Raises:
        FileNotFoundError: there is none.
        FileExistsError: there was to be none, and there is.
        Transient: the store cannot be reached, is busy, or gave up half-way.
        OSError: it refuses, and says why.
    """
    try:
        yield
    except ClientError as error:
        raise _meaning(error, what, missing) from error
    except FlexibleChecksumError as error:
        raise OSError(f"{what}: {error}") from error
    except BotoCoreError as error:  # no way to it, no answer, half an answer, no credentials yet
        raise Transient(f"{what}: {error}") from error


def _meaning(error: ClientError, what: str, missing: type[OSError]) -> Exception:
    told = error.response.get("Error", {})
    code = str(told.get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    text = f"{what}: {code} {told.get('Message', '')}".rstrip()
    if code in _GONE:
        return missing(text)
    if code in _TAKEN:
        return FileExistsError(text)
    if code in _FOR_NOW or status >= _SERVER_ERROR:
        return Transient(text)
    return OSError(text)
