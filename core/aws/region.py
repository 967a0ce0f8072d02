"""In which region a bucket lies, found without credentials."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..location import S3Location
    from .session import Clients

__all__ = ["RegionAnswer", "find_region", "region_in"]

_REGION = re.compile(r"(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class RegionAnswer:
    """What an anonymous HeadBucket tells.

    `region` is None where the server does not say. `exists` is False on proof only (404 from S3), and None where
    nothing is known, for instance without a network; `problem` then says why, in a few words.
    """

    region: str | None
    exists: bool | None
    problem: str | None = None


def region_in(text: str | None) -> str | None:
    """Return a text that a server gave for a region where it has the shape of one (a label of a host name), or None."""
    return text if text and _REGION.fullmatch(text) else None


def find_region(location: S3Location, *, endpoint_url: str | None = None, clients: Clients) -> RegionAnswer:
    """Ask S3 for the region of a bucket with an unsigned HeadBucket.

    S3 names the region in `x-amz-bucket-region` on 200, 301 and 403 alike, to anybody (S3 API reference, HeadBucket).
    Never raises: what cannot be found out is None in the answer. Blocks for as long as the time-outs of `Clients`.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = clients.anonymous_s3(endpoint_url=endpoint_url).head_bucket(Bucket=location.bucket)
    except ClientError as error:
        metadata = error.response.get("ResponseMetadata", {})
        headers = metadata.get("HTTPHeaders", {})
        status = metadata.get("HTTPStatusCode")
        if "x-amz-request-id" not in headers:
            return RegionAnswer(None, None, "the answer was not S3's")
        region = region_in(headers.get("x-amz-bucket-region"))
        return RegionAnswer(region, False if status == 404 else True if region else None)
    except (BotoCoreError, OSError, ValueError, RecursionError) as error:
        return RegionAnswer(None, None, _words(error))
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    if "x-amz-request-id" not in headers:
        return RegionAnswer(None, None, "the answer was not S3's")
    return RegionAnswer(region_in(headers.get("x-amz-bucket-region")), True)


def _words(error: Exception) -> str:
    name = type(error).__name__
    return {
        "EndpointConnectionError": "no connection",
        "ConnectTimeoutError": "no connection in time",
        "ReadTimeoutError": "no answer in time",
        "SSLError": "TLS failed",
        "ProxyConnectionError": "the proxy does not answer",
    }.get(name, name)
