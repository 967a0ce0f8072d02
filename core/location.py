"""Where the data is: an S3 bucket and the prefix (folder) in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

__all__ = ["MAX_KEY_BYTES", "LocationError", "S3Location"]

MAX_KEY_BYTES = 1024
"""The longest key in bytes of UTF-8 (S3 user guide, object key names)."""

_STRICT_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_LEGACY_NAME = re.compile(r"[A-Za-z0-9._-]{3,255}")
_IP = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_REGION = r"[a-z]{2}(?:-[a-z]+)+-\d"
_AWS = r"amazonaws\.com(?:\.cn)?"
_VIRTUAL_HOST = re.compile(rf"(?P<bucket>.+)\.s3(?:[.-]accelerate|[.-](?:dualstack\.)?(?P<region>{_REGION}))?\.{_AWS}")
_PATH_HOST = re.compile(rf"s3(?:[.-](?:dualstack\.)?(?P<region>{_REGION}))?\.{_AWS}")
_CONSOLE_HOST = re.compile(
    rf"(?:(?P<region>{_REGION})\.|s3\.)?console\.(?:aws\.amazon|amazonaws-us-gov|amazonaws)\.(?:com|cn)"
)
_FILE = re.compile(
    r"\.(jpe?g|png|bmp|gif|webp|tiff?|mp4|mov|avi|mkv|webm|mpe?g|json|csv|txt|ya?ml|zip|parquet)", re.IGNORECASE
)


class LocationError(ValueError):
    """A text that is not the URI of a folder in S3.

    Attributes:
        cause: the stable id, `invalid-uri`, `invalid-bucket-name` or `key-too-long`.
        suggestion: what was probably meant, or None.
        region: the region that the text names (an https address or a console address does), or None.
        usable: the text as it stands, where it is unusual but may be right (an old name in us-east-1), or None.
    """

    def __init__(
        self,
        problem: str,
        *,
        cause: str = "invalid-uri",
        suggestion: S3Location | None = None,
        region: str | None = None,
        usable: S3Location | None = None,
    ) -> None:
        super().__init__(problem)
        self.cause = cause
        self.suggestion = suggestion
        self.region = region
        self.usable = usable


@dataclass(frozen=True, slots=True)
class S3Location:
    """A bucket and a prefix. The prefix is empty (the whole bucket) or ends with a slash."""

    bucket: str
    prefix: str

    @property
    def uri(self) -> str:
        """The canonical form, `s3://bucket/prefix/`."""
        return f"s3://{self.bucket}/{self.prefix}"

    def __str__(self) -> str:
        return self.uri

    @property
    def is_directory_bucket(self) -> bool:
        """Tell whether this is a bucket of S3 Express One Zone, by its name (S3 user guide, directory buckets)."""
        return self.bucket.endswith("--x-s3")

    @classmethod
    def parse(cls, text: str) -> S3Location:
        """Read `s3://bucket/prefix/`; the prefix is taken as it is, nothing in it is decoded.

        Raises:
            LocationError: for everything else. It says what is wrong and, where that can be known, what was meant.
        """
        stripped = text.strip()
        if stripped.startswith("s3://"):
            found = _from_path(stripped[5:])
            if text != stripped:
                raise LocationError("The URI has blanks around it.", suggestion=_suggest(found.bucket, found.prefix))
            return found
        raise _explain(stripped)


def _from_path(path: str) -> S3Location:
    bucket, _, prefix = path.partition("/")
    _check_name(bucket, prefix)
    if len(prefix.encode("utf-8", "surrogatepass")) > MAX_KEY_BYTES:
        raise LocationError(
            f"The folder's name is longer than {MAX_KEY_BYTES} bytes, the longest that S3 has.",
            cause="key-too-long",
        )
    if prefix and not prefix.endswith("/"):
        folder, _, last = prefix.rpartition("/")
        if _FILE.fullmatch(last[last.rfind(".") :] if "." in last else ""):
            raise LocationError(
                f"{last} looks like a file; Lightly needs the folder it is in.",
                suggestion=S3Location(bucket, folder + "/" if folder else ""),
            )
        raise LocationError("The URI of a folder ends with a slash.", suggestion=S3Location(bucket, prefix + "/"))
    return S3Location(bucket, prefix)


def _is_bucket_name(name: str) -> bool:
    return bool(_STRICT_NAME.fullmatch(name)) and ".." not in name and not _IP.fullmatch(name)


def _check_name(bucket: str, prefix: str) -> None:
    if _is_bucket_name(bucket):
        return
    if not bucket:
        raise LocationError("The URI has no bucket: it looks like s3://bucket/folder/.")
    nearest = bucket.strip().lower()
    legacy = _LEGACY_NAME.fullmatch(bucket) and ".." not in bucket and not _IP.fullmatch(bucket)
    raise LocationError(
        f"“{_short(bucket)}” is no bucket name: those are 3 to 63 lower-case letters, digits, dots and hyphens."
        + (" Some old buckets in us-east-1 are named otherwise." if legacy else ""),
        cause="invalid-bucket-name",
        suggestion=_suggest(nearest, prefix) if _is_bucket_name(nearest) else None,
        usable=S3Location(bucket, _folder(prefix)) if legacy else None,
    )


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _folder(prefix: str) -> str:
    return prefix if not prefix or prefix.endswith("/") else prefix + "/"


def _suggest(bucket: str, prefix: str) -> S3Location | None:
    """Make the nearest location that parses, or None."""
    try:
        return _from_path(f"{bucket}/{prefix}")
    except LocationError as error:
        return error.suggestion


def _explain(text: str) -> LocationError:
    """Say why a text without `s3://` is no S3 URI, and what was meant."""
    if not text:
        return LocationError("Enter the folder's S3 URI: it looks like s3://bucket/folder/.")
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):(/*)", text)
    if scheme is None:
        return _plain(text)
    name, rest = scheme[1].lower(), text[scheme.end() :]
    if name in {"http", "https"}:
        return _web_address(text)
    if name == "arn":
        return _arn(text)
    bucket, _, prefix = rest.partition("/")
    if name in {"s3", "s3a", "s3n"}:
        return LocationError(f"An S3 URI starts with s3://, not {scheme[0]}.", suggestion=_suggest(bucket, prefix))
    return LocationError(f"{name}:// is not S3; the URI looks like s3://bucket/folder/.")


def _plain(text: str) -> LocationError:
    bucket, _, prefix = text.lstrip("/").partition("/")
    return LocationError("The URI must start with s3://.", suggestion=_suggest(bucket, prefix))


def _arn(text: str) -> LocationError:
    parts = text.split(":", 5)
    if len(parts) == 6 and parts[2] == "s3" and not parts[4]:
        bucket, _, prefix = parts[5].partition("/")
        return LocationError(
            "This is an ARN; Lightly takes the S3 URI.", suggestion=_suggest(bucket, prefix.rstrip("*?"))
        )
    return LocationError("This ARN is not the one of a bucket; the URI looks like s3://bucket/folder/.")


def _web_address(text: str) -> LocationError:
    try:
        url = urlsplit(text)
        host = url.hostname or ""
    except ValueError:
        return LocationError("This web address cannot be read; the URI looks like s3://bucket/folder/.")
    if found := _CONSOLE_HOST.fullmatch(host):
        return _console(url, found["region"])
    if found := _PATH_HOST.fullmatch(host):
        bucket, _, prefix = unquote(url.path).lstrip("/").partition("/")
    elif found := _VIRTUAL_HOST.fullmatch(host):
        bucket, prefix = found["bucket"], unquote(url.path).lstrip("/")
    else:
        return LocationError("This web address is not S3's; the URI looks like s3://bucket/folder/.")
    return LocationError(
        "This is a web address; Lightly takes the S3 URI.",
        suggestion=_suggest(bucket, prefix),
        region=found["region"],
    )


def _console(url: SplitResult, region: str | None) -> LocationError:
    query = parse_qs(url.query)
    path = re.match(r"/s3/(buckets|object)/([^/]+)", url.path)
    suggestion = _suggest(unquote(path[2]), query.get("prefix", [""])[0].lstrip("/")) if path else None
    return LocationError(
        "This is an address of the AWS console; Lightly takes the S3 URI.",
        suggestion=suggestion,
        region=query.get("region", [region])[0],
    )
