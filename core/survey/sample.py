"""What lies under a prefix: files, sizes and dates of the first objects. No object's name is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..access import UserAccess
from ..location import S3Location
from ..needs import InputType
from .listing import NotS3Error, Trouble, ask

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from ..aws.session import Clients

__all__ = ["Survey", "describe", "suggested_type", "survey", "warnings"]

_IMAGES = frozenset({"bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"})
_VIDEOS = frozenset({"avi", "hevc", "m4v", "mov", "mp4", "mpeg", "mpg", "webm"})
"""The extensions that Lightly takes for videos; it says that no other is (Lightly's docs, videos as input)."""

_LIGHTLY = ".lightly/"
_BEHIND_LIGHTLY = ".lightly0"
"""Greater than every name below `.lightly/`: the sign `0` follows the slash (ListObjectsV2, `StartAfter`)."""
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The files of a sample, by their extension. What lies under `.lightly/`, and folder markers, are not counted.

    `more`: the folder holds more than the sample, for which at most `limit` objects were listed beside those that
    Lightly stored. `newest` is when the newest of the files was last changed. `foreign_owner` is True on proof only:
    the bucket belongs to another account than the one that was asked about; None where nothing is known. `there` is
    False on proof only: nothing at all has the prefix, not even a folder marker or what Lightly stored. `problem` is,
    in a few words, why nothing is known at all.
    """

    images: int = 0
    videos: int = 0
    others: int = 0
    total_bytes: int = 0
    newest: datetime | None = None
    more: bool = False
    limit: int = 1000
    foreign_owner: bool | None = None
    there: bool = True
    problem: str | None = None

    @property
    def files(self) -> int:
        """How many files are in the sample."""
        return self.images + self.videos + self.others


def survey(
    clients: Clients,
    location: S3Location,
    access: UserAccess,
    *,
    region: str,
    endpoint_url: str | None,
    account: str | None = None,
    limit: int = 1000,
) -> Survey:
    """Look at the first objects of a folder, with one List, or two; `limit` is at most 1000, as S3 has it.

    Where the first list ends among what Lightly stored under `.lightly/`, the second begins behind that. Else, where
    the principal's `account` is known, the second is the first once more, to be answered only if the bucket belongs to
    that account (S3 API reference, `x-amz-expected-bucket-owner`).

    Never raises. Blocks for as long as the time-outs of `Clients`.
    """

    def listed(**more: Any) -> _Page | Trouble:
        client = clients.s3(access, region=region, endpoint_url=endpoint_url)
        return _list(client, location, limit, more)

    first = ask(listed)
    if isinstance(first, Trouble):
        return Survey(limit=limit, problem=first.words)
    tally, more, foreign = first.tally, first.more, None
    if first.ends_in_lightly:
        behind = ask(lambda: listed(StartAfter=location.prefix + _BEHIND_LIGHTLY))
        if isinstance(behind, _Page):
            tally, more = tally.and_also(behind.tally), behind.more
    elif account and _ACCOUNT.fullmatch(account):
        foreign = _is_foreign(ask(lambda: listed(ExpectedBucketOwner=account)), at_aws=endpoint_url is None)
    return Survey(
        images=tally.images,
        videos=tally.videos,
        others=tally.others,
        total_bytes=tally.total_bytes,
        newest=tally.newest,
        more=more,
        limit=limit,
        foreign_owner=foreign,
        there=first.there,
    )


def _is_foreign(outcome: _Page | Trouble, *, at_aws: bool) -> bool | None:
    """Judge the List that only the expected owner's bucket answers. Other servers may not know what it asks."""
    if isinstance(outcome, _Page):
        return False if at_aws else None
    # A refusal that names a policy is that policy's: it came into force between the two requests.
    return True if outcome.code == "AccessDenied" and not outcome.by_policy else None


@dataclass(frozen=True, slots=True)
class _Tally:
    images: int = 0
    videos: int = 0
    others: int = 0
    total_bytes: int = 0
    newest: datetime | None = None

    def and_also(self, other: _Tally) -> _Tally:
        return _Tally(
            self.images + other.images,
            self.videos + other.videos,
            self.others + other.others,
            self.total_bytes + other.total_bytes,
            max(filter(None, (self.newest, other.newest)), default=None),
        )


@dataclass(frozen=True, slots=True)
class _Page:
    tally: _Tally
    more: bool
    there: bool
    ends_in_lightly: bool


def _list(client: S3Client, location: S3Location, limit: int, more: Mapping[str, Any]) -> _Page:
    answer = client.list_objects_v2(Bucket=location.bucket, Prefix=location.prefix, MaxKeys=limit, **more)
    if answer.get("Name") != location.bucket:
        raise NotS3Error
    objects = answer.get("Contents", [])
    truncated = bool(answer.get("IsTruncated"))
    last = objects[-1].get("Key", "") if objects else ""
    return _Page(
        _count(location, objects),
        truncated,
        bool(objects) or truncated,
        # Directory buckets list in no order, and know no StartAfter (S3 API reference, ListObjectsV2).
        truncated and last.startswith(location.prefix + _LIGHTLY) and not location.is_directory_bucket,
    )


def _count(location: S3Location, objects: Iterable[Mapping[str, Any]]) -> _Tally:
    counts = {"images": 0, "videos": 0, "others": 0}
    total, newest = 0, None
    for each in objects:
        name, size = each.get("Key", "")[len(location.prefix) :], each.get("Size", 0)
        if f"/{_LIGHTLY}" in f"/{name}" or (not size and (not name or name.endswith("/"))):
            continue
        counts[_kind(name)] += 1
        total += size
        newest = max(filter(None, (newest, each.get("LastModified"))), default=None)
    return _Tally(**counts, total_bytes=total, newest=newest)


def _kind(name: str) -> str:
    _, dot, extension = name.rpartition("/")[2].rpartition(".")
    extension = extension.lower() if dot else ""
    return "images" if extension in _IMAGES else "videos" if extension in _VIDEOS else "others"


def describe(survey: Survey) -> tuple[str, ...]:
    """Say in a line or two what lies there."""
    if survey.problem is not None:
        return (f"What lies there is not known: {survey.problem}.",)
    beyond = (f"in the first {survey.limit:,} objects; there are more",) if survey.more else ()
    if not survey.files:
        return ("no files", *beyond)
    counts = ((survey.images, "image"), (survey.videos, "video"), (survey.others, "other file"))
    said = ", ".join([_number(count, name) for count, name in counts if count] + [_size(survey.total_bytes)])
    newest = f"; newest {survey.newest.astimezone(UTC):%Y-%m-%d}" if survey.newest else ""
    return (said + newest, *beyond)


def suggested_type(survey: Survey) -> InputType | None:
    """Suggest the input type: that of which there are more files, or None where the sample does not tell."""
    if survey.images == survey.videos:
        return None
    return InputType.IMAGES if survey.images > survey.videos else InputType.VIDEOS


def warnings(survey: Survey, *, input_type: InputType, location: S3Location, account: str | None) -> tuple[str, ...]:
    """Say what is odd about a folder for a dataset of this type, each with what to do; empty where nothing is.

    `account` is the one that the survey asked about.
    """
    if survey.problem is not None:
        return ()
    said = [_about_files(survey, input_type, location)]
    if survey.foreign_owner:
        said.append(
            f"The bucket belongs to another account than the key{f' ({account})' if account else ''}. If that is not "
            "meant, correct the bucket's name; if it is, the owner must allow the key in the bucket's policy, too."
        )
    return tuple(filter(None, said))


def _about_files(survey: Survey, input_type: InputType, location: S3Location) -> str | None:
    images = input_type is InputType.IMAGES
    chosen, wanted, unwanted = (
        (InputType.IMAGES, survey.images, survey.videos) if images else (InputType.VIDEOS, survey.videos, survey.images)
    )
    other_type = InputType.VIDEOS if images else InputType.IMAGES
    where = f"the first {survey.limit:,} objects" if survey.more else "this folder"
    unwanted_words = _number(unwanted, "video" if images else "image")
    if not survey.files:
        return _nothing(survey, location)
    if wanted and unwanted:
        return (
            f"{chosen} is chosen, and {unwanted_words} {'lies' if unwanted == 1 else 'lie'} here as well: Lightly "
            f"leaves {'it' if unwanted == 1 else 'them'} out. To use {'it' if unwanted == 1 else 'them'}, make a "
            f"dataset of the type {other_type}, too."
        )
    if unwanted:
        return (
            f"{chosen} is chosen, but {where} {'have' if survey.more else 'has'} {unwanted_words} and no "
            f"{'image' if images else 'video'}. Choose {other_type} as the input type, or another folder."
        )
    if not wanted:
        takes = ", ".join(sorted(_IMAGES if images else _VIDEOS))
        return (
            f"None of the {_number(survey.files, 'file')} in {where} is one that Lightly takes for {chosen} ({takes}). "
            "Choose another folder, or add files before the first run."
        )
    return None


def _nothing(survey: Survey, location: S3Location) -> str:
    if survey.more:
        return f"The first {survey.limit:,} objects hold no files. Choose the folder that the files are in."
    if not location.prefix:
        return f"{location.uri} holds no files. Add some before the first run, or correct the bucket's name."
    return (
        f"{location.uri} holds no files: it is empty, or its name is misspelt. Look at the folders beside it, or add "
        "files before the first run."
    )


def _number(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _size(total: int) -> str:
    if total < 1000:
        return f"{total} B"
    size, units = total / 1000, ["PB", "TB", "GB", "MB", "kB"]
    while size >= 999.95 and len(units) > 1:
        size /= 1000
        units.pop()
    return f"{size:,.1f} {units[-1]}"
