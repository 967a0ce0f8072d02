"""The way to a folder: buckets, and one level of folders after the other. Nothing but lists is asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from ..access import UserAccess
from ..aws.region import find_region, region_in
from ..location import S3Location
from .listing import NO_BUCKET, NotS3Error, Trouble, ask, unreachable

if TYPE_CHECKING:
    from ..aws.session import Clients

__all__ = ["PAGE", "Browser", "Buckets", "Level", "Opened", "parent", "similar"]

PAGE = 1000
"""The most names in one answer (S3 API reference, ListObjectsV2)."""

_ALIKE = 0.6
"""From which ratio on difflib's documents call two texts close."""
_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """A page of buckets' names. `problem` is a sentence, where there is none."""

    names: tuple[str, ...] = ()
    continuation: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A page of what lies directly in a folder: the full prefixes of the folders in it, and the number of files.

    With a `continuation` there is more. `there` is false where nothing has that prefix, not even a folder marker.
    `problem` is a sentence, where nothing could be listed.
    """

    folders: tuple[str, ...] = ()
    files: int = 0
    continuation: str | None = None
    there: bool = True
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The level of a folder; or, where nothing lies there, that of the nearest folder above it: `location` says whose.

    `missing` is then the full prefix that is not there, directly in that folder, and `similar` are those that were
    probably meant.
    """

    location: S3Location
    level: Level
    missing: str | None = None
    similar: tuple[str, ...] = ()


class Browser:
    """Lists buckets and folders, with one access key. Safe to use from several threads.

    Each call blocks for as long as the time-outs of `Clients`, and none raises. `region` is used where a server does
    not tell that of a bucket, and for the list of buckets.
    """

    def __init__(
        self, clients: Clients, access: UserAccess, *, region: str | None, endpoint_url: str | None = None
    ) -> None:
        self._clients = clients
        self._access = access
        self._region = region
        self._endpoint_url = endpoint_url
        self._regions: dict[str, str | None] = {}

    def buckets(self, continuation: str | None = None) -> Buckets:
        """List the account's buckets (S3 API reference, ListBuckets; action s3:ListAllMyBuckets)."""
        token = {"ContinuationToken": continuation} if continuation else {}

        def send() -> Buckets:
            client = self._clients.s3(self._access, region=self._region, endpoint_url=self._endpoint_url)
            answer = client.list_buckets(MaxBuckets=PAGE, **token)
            if "Buckets" not in answer:
                raise NotS3Error
            for bucket in answer["Buckets"]:
                if region := region_in(bucket.get("BucketRegion")):
                    self._regions[bucket["Name"]] = region
            names = tuple(bucket["Name"] for bucket in answer["Buckets"])
            return Buckets(names=names, continuation=answer.get("ContinuationToken"))

        buckets = ask(send)
        return Buckets(problem=buckets.sentence) if isinstance(buckets, Trouble) else buckets

    def level(self, bucket: str, prefix: str, continuation: str | None = None) -> Level:
        """List what lies directly in a folder, at most a thousand names (ListObjectsV2; action s3:ListBucket).

        Where the bucket's region is not known yet, that is asked for first.
        """
        location = S3Location(bucket, prefix)
        region = self._region_of(location)
        if isinstance(region, Trouble):
            return Level(problem=region.sentence)
        token = {"ContinuationToken": continuation} if continuation else {}

        def send() -> Level:
            client = self._clients.s3(self._access, region=region, endpoint_url=self._endpoint_url)
            answer = client.list_objects_v2(
                Bucket=bucket,
                Prefix=prefix,
                Delimiter="/",
                MaxKeys=PAGE,
                **token,  # type: ignore[arg-type]
            )
            if answer.get("Name") != bucket:
                raise NotS3Error
            folders = tuple(each["Prefix"] for each in answer.get("CommonPrefixes", []))
            keys = [each["Key"] for each in answer.get("Contents", [])]
            following = answer.get("NextContinuationToken") if answer.get("IsTruncated") else None
            return Level(
                folders=folders,
                files=sum(key != prefix for key in keys),
                continuation=following,
                there=bool(folders or keys or following or continuation),
            )

        level = ask(send)
        return Level(problem=level.sentence) if isinstance(level, Trouble) else level

    def open(self, location: S3Location) -> Opened:
        """Find a folder: its level, or that of the nearest folder above it in which something lies."""
        at, missing = location, None
        level = self.level(at.bucket, at.prefix)
        while not level.there and at.prefix:
            missing, at = at.prefix, parent(at)
            level = self.level(at.bucket, at.prefix)
        meant = similar(level.folders, missing) if missing else ()
        return Opened(location=at, level=level, missing=missing, similar=meant)

    def _region_of(self, location: S3Location) -> str | Trouble | None:
        if location.bucket in self._regions:
            return self._regions[location.bucket]
        answer = find_region(location, endpoint_url=self._endpoint_url, clients=self._clients)
        if answer.exists is False:
            return NO_BUCKET
        if answer.problem is not None:
            return unreachable(answer.problem)
        self._regions[location.bucket] = answer.region or self._region
        return self._regions[location.bucket]


def parent(location: S3Location) -> S3Location:
    """Return the folder that a folder lies in; the bucket's own is itself."""
    return S3Location(location.bucket, location.prefix[: location.prefix[:-1].rfind("/") + 1])


def similar(folders: Iterable[str], wanted: str) -> tuple[str, ...]:
    """Pick the folders that a misspelt one probably meant, the likeliest first, at most five.

    Upper and lower case, a plural's s, hyphens, underscores, dots and blanks make no difference; letters that were
    mistyped make a small one. Only the last names of the paths are compared.
    """
    meant = _plain(wanted)
    if not meant:
        return ()
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(meant)
    found: list[tuple[float, str]] = []
    for folder in folders:
        if folder == wanted:
            continue
        matcher.set_seq1(_plain(folder))
        # Each of these is an upper bound of the next, and cheaper.
        bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
        if all(bound() >= _ALIKE for bound in bounds):
            found.append((-matcher.ratio(), folder))
    return tuple(folder for _, folder in sorted(found)[:_MOST])


def _plain(path: str) -> str:
    name = unicodedata.normalize("NFKC", path.rstrip("/").rpartition("/")[2]).casefold()
    return "".join(word.removesuffix("s") for word in re.split(r"[-_.\s]+", name))
