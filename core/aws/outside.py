"""Tries outside a folder: whether a key lists and reads there, where it should not. None of them writes.

They go out only when somebody agreed to them: what is tried is told before, by `tries_outside`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..location import S3Location
from ..needs import Operation

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from .grants import Grant

__all__ = ["Outside", "Try", "is_granted", "look_outside", "tries_outside"]

_A_FEW = 10
"""How many names a List outside may bring."""

_NO = {"AccessDenied", "403", "Forbidden"}


@dataclass(frozen=True, slots=True)
class Try:
    """One request that is sent outside a folder: the call, and in plain words of what it asks."""

    call: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What came of the tries.

    `listed` are the places that could be listed, `refused` those that could not: S3 said so. `read` tells whether an
    object outside could be read; None where none was found, or no answer came. No name of an object is in it.
    """

    listed: tuple[S3Location, ...] = ()
    refused: tuple[S3Location, ...] = ()
    read: bool | None = None


def is_granted(place: S3Location, operation: Operation, grants: Sequence[Grant]) -> bool:
    """Tell whether one of these grants is for an operation in a place and all below it."""
    return any(
        operation in grant.operations
        and grant.location.bucket == place.bucket
        and place.prefix.startswith(grant.location.prefix)
        for grant in grants
    )


def tries_outside(location: S3Location, beside: Sequence[Grant] = ()) -> tuple[Try, ...]:
    """Name every request that `look_outside` may send, in their order; none for a whole bucket.

    `beside` is what the same key is for elsewhere: that is not outside.
    """
    places = _places(location, beside)
    lists = tuple(Try("ListObjectsV2", f"lists {place.uri}, at most {_A_FEW} names") for place in places)
    head = Try("HeadObject", "asks of one object found there, if any; its content is not read")
    return (*lists, head) if lists else ()


def look_outside(
    client: S3Client,
    location: S3Location,
    stopped: Callable[[], bool] = lambda: False,
    *,
    beside: Sequence[Grant] = (),
) -> Outside:
    """Try what `tries_outside` names, with the client's key. Never raises; `stopped` is asked before each request.

    That List works is proved by an answer of S3, which bears its request ID; that it does not, by AccessDenied alone.
    """
    listed: list[S3Location] = []
    refused: list[S3Location] = []
    found: str | None = None
    for place in _places(location, beside):
        if stopped():
            break
        answer, code = _send(client.list_objects_v2, Bucket=place.bucket, Prefix=place.prefix, MaxKeys=_A_FEW)
        if answer is None:
            refused += [place] if code in _NO else []
            continue
        listed.append(place)
        found = found or _outside(answer.get("Contents"), location, beside)
    read: bool | None = None
    if found is not None and not stopped():
        answer, code = _send(client.head_object, Bucket=location.bucket, Key=found)
        read = True if answer is not None else False if code in _NO else None
    return Outside(listed=tuple(listed), refused=tuple(refused), read=read)


def _places(location: S3Location, beside: Sequence[Grant]) -> tuple[S3Location, ...]:
    """Give the folder above and the whole bucket, which may be the same; not what may be listed."""
    if not location.prefix or location.is_directory_bucket:
        return ()
    above = location.prefix.removesuffix("/").rpartition("/")[0]
    prefixes = dict.fromkeys((f"{above}/" if above else "", ""))
    places = (S3Location(location.bucket, prefix) for prefix in prefixes)
    return tuple(place for place in places if not is_granted(place, Operation.LIST, beside))


def _outside(contents: object, location: S3Location, beside: Sequence[Grant]) -> str | None:
    """Name an object that is neither in the folder nor where else Read is granted."""
    items: Sequence[Any] = contents if isinstance(contents, list) else ()
    keys = (item.get("Key") for item in items if isinstance(item, dict))
    outside = (key for key in keys if isinstance(key, str) and not key.startswith(location.prefix))
    return next(
        (key for key in outside if not is_granted(S3Location(location.bucket, key), Operation.READ, beside)), None
    )


def _send(call: Callable[..., Any], **parameters: Any) -> tuple[dict[str, Any] | None, str]:
    """Send a request; its answer, if it is S3's and a success, and the code of a refusal."""
    from botocore.exceptions import ClientError

    try:
        answer = call(**parameters)
    except ClientError as error:
        return None, str(error.response.get("Error", {}).get("Code", ""))
    except Exception:  # noqa: BLE001 - whatever it was, nothing is known then
        return None, ""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}) if isinstance(answer, dict) else {}
    return (answer, "") if "x-amz-request-id" in headers else (None, "")
