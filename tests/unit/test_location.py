"""Where the data is: what is taken as it stands, and what is said to everything else that people paste."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.location import MAX_KEY_BYTES, LocationError, S3Location

BUCKET_NAMES = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", fullmatch=True).filter(
    lambda name: ".." not in name and not all(part.isdigit() for part in name.split("."))
)
# A prefix ends with a slash and is taken as it is; blanks and odd letters are letters like others to S3.
PREFIXES = st.one_of(
    st.just(""),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200).map(lambda text: text + "/"),
).filter(lambda prefix: len(prefix.encode()) <= MAX_KEY_BYTES)


@given(BUCKET_NAMES, PREFIXES)
@example("datalake", "a b/ü/%2F/")
@example("a.b-c", "/")
def test_what_a_location_writes_it_reads(bucket: str, prefix: str) -> None:
    location = S3Location(bucket, prefix)
    assert S3Location.parse(location.uri) == location
    assert str(location) == location.uri


@given(st.text(max_size=80) | st.text(max_size=40).map(lambda text: f"s3://{text}"))
@example("https://[")
@example("https://console.aws.amazon.com/s3/buckets/%00?prefix=%FF")
@example("arn:aws:s3:::")
@example("s3:///")
@example("s3://a/\ud800/")
def test_whatever_is_pasted_is_read_or_explained_and_what_is_suggested_can_be_read(text: str) -> None:
    location, problem = _parse(text)
    if location is not None:
        assert location.uri in {text, f"{text}/"}  # a bucket alone needs no slash
    if problem is not None:
        assert str(problem).endswith(".")
        assert problem.cause in {"invalid-uri", "invalid-bucket-name", "key-too-long"}
        if problem.suggestion is not None:
            assert S3Location.parse(problem.suggestion.uri) == problem.suggestion


def _parse(text: str) -> tuple[S3Location | None, LocationError | None]:
    try:
        return S3Location.parse(text), None
    except LocationError as error:
        return None, error


Said = tuple[str, str | None, str | None]
PASTED: dict[str, Said] = {
    # what was pasted: a word of the problem, the suggestion, the region that it names
    " s3://datalake/a/": ("blanks", "s3://datalake/a/", None),
    "s3://datalake/a/\n": ("blanks", "s3://datalake/a/", None),
    "s3://datalake/a": ("ends with a slash", "s3://datalake/a/", None),
    "s3://datalake/a/b.jpg": ("file", "s3://datalake/a/", None),
    "s3://datalake/b.JPG": ("file", "s3://datalake/", None),
    "s3://datalake/v1.0": ("ends with a slash", "s3://datalake/v1.0/", None),
    "s3:/datalake/a/": ("s3://", "s3://datalake/a/", None),
    "s3:datalake/a/": ("s3://", "s3://datalake/a/", None),
    "s3:///datalake/a/": ("no bucket", None, None),
    "S3://datalake/a/": ("s3://", "s3://datalake/a/", None),
    "s3a://datalake/a/": ("s3://", "s3://datalake/a/", None),
    "s3n://datalake/a": ("s3://", "s3://datalake/a/", None),
    "s3://DataLake/a/": ("lower-case", "s3://datalake/a/", None),
    "s3://": ("no bucket", None, None),
    "s3:///a/": ("no bucket", None, None),
    "s3://ab/": ("3 to 63", None, None),
    "s3://10.0.0.1/a/": ("no bucket name", None, None),
    "s3://data..lake/": ("no bucket name", None, None),
    "s3://datalake /a/": ("no bucket name", "s3://datalake/a/", None),
    "": ("Enter", None, None),
    "   ": ("Enter", None, None),
    "datalake": ("must start with s3://", "s3://datalake/", None),
    "datalake/a": ("must start with s3://", "s3://datalake/a/", None),
    "/datalake/a/": ("must start with s3://", "s3://datalake/a/", None),
    "gs://datalake/a/": ("gs:// is not S3", None, None),
    "file:///home/me/": ("file:// is not S3", None, None),
    "arn:aws:s3:::datalake": ("ARN", "s3://datalake/", None),
    "arn:aws:s3:::datalake/a/*": ("ARN", "s3://datalake/a/", None),
    "arn:aws-cn:s3:::datalake/a": ("ARN", "s3://datalake/a/", None),
    "arn:aws:iam::111122223333:role/lightly": ("ARN", None, None),
    "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap": ("ARN", None, None),
    "https://datalake.s3.eu-west-3.amazonaws.com/a/": ("web address", "s3://datalake/a/", "eu-west-3"),
    "https://datalake.s3-eu-west-3.amazonaws.com/a/": ("web address", "s3://datalake/a/", "eu-west-3"),
    "https://datalake.s3.dualstack.eu-west-3.amazonaws.com/a/": ("web address", "s3://datalake/a/", "eu-west-3"),
    "https://datalake.s3.amazonaws.com/a/b%20c/": ("web address", "s3://datalake/a/b c/", None),
    "https://data.lake.s3.us-gov-west-1.amazonaws.com/": ("web address", "s3://data.lake/", "us-gov-west-1"),
    "https://datalake.s3.cn-north-1.amazonaws.com.cn/a/": ("web address", "s3://datalake/a/", "cn-north-1"),
    "https://datalake.s3-accelerate.amazonaws.com/a/": ("web address", "s3://datalake/a/", None),
    "http://s3.eu-west-3.amazonaws.com/datalake/a/": ("web address", "s3://datalake/a/", "eu-west-3"),
    "https://s3.amazonaws.com/datalake/a/x.png?versionId=3": ("web address", "s3://datalake/a/", None),
    "HTTPS://DATALAKE.S3.AMAZONAWS.COM/a/": ("web address", "s3://datalake/a/", None),
    "https://eu-west-3.console.aws.amazon.com/s3/buckets/datalake?prefix=a/b/&region=eu-west-3": (
        "console",
        "s3://datalake/a/b/",
        "eu-west-3",
    ),
    "https://s3.console.aws.amazon.com/s3/buckets/datalake?region=eu-west-1&tab=objects": (
        "console",
        "s3://datalake/",
        "eu-west-1",
    ),
    "https://eu-west-3.console.aws.amazon.com/s3/object/datalake?prefix=a/b.jpg": (
        "console",
        "s3://datalake/a/",
        "eu-west-3",
    ),
    "https://eu-west-3.console.aws.amazon.com/s3/home": ("console", None, "eu-west-3"),
    "https://example.com/datalake/a/": ("not S3's", None, None),
    "https://[": ("cannot be read", None, None),
}


@pytest.mark.parametrize(("text", "said"), PASTED.items(), ids=[repr(text) for text in PASTED])
def test_what_people_paste_is_explained_with_what_was_meant(text: str, said: Said) -> None:
    word, suggestion, region = said
    with pytest.raises(LocationError) as caught:
        S3Location.parse(text)
    assert word in str(caught.value)
    assert (caught.value.suggestion and caught.value.suggestion.uri) == suggestion
    assert caught.value.region == region


@pytest.mark.parametrize("name", ["Old_Bucket", "DataLake", "x" * 200, "a_b"])
def test_an_old_name_may_be_right_and_can_be_used_as_it_stands(name: str) -> None:
    with pytest.raises(LocationError) as caught:
        S3Location.parse(f"s3://{name}/a")
    assert caught.value.cause == "invalid-bucket-name"
    assert caught.value.usable == S3Location(name, "a/")
    assert "us-east-1" in str(caught.value)


@pytest.mark.parametrize("name", ["10.0.0.1", "a..b", "ab", "a b c", "x" * 256, "bücket"])
def test_what_never_was_a_bucket_name_cannot_be_used(name: str) -> None:
    with pytest.raises(LocationError) as caught:
        S3Location.parse(f"s3://{name}/a/")
    assert caught.value.usable is None


def test_a_folder_is_as_long_as_s3_allows_and_no_longer() -> None:
    assert S3Location.parse("s3://datalake/" + "x" * (MAX_KEY_BYTES - 1) + "/").prefix.endswith("x/")
    for prefix in ("x" * MAX_KEY_BYTES + "/", "ü" * (MAX_KEY_BYTES // 2) + "/"):
        with pytest.raises(LocationError, match="1024 bytes") as caught:
            S3Location.parse(f"s3://datalake/{prefix}")
        assert caught.value.cause == "key-too-long"


@pytest.mark.parametrize(
    ("name", "is_one"), [("data--euw3-az1--x-s3", True), ("data--x-s3-copy", False), ("d-x-s3", False)]
)
def test_a_directory_bucket_is_known_by_its_name(name: str, is_one: bool) -> None:
    assert S3Location(name, "").is_directory_bucket is is_one


def test_a_long_name_is_shown_short() -> None:
    with pytest.raises(LocationError) as caught:
        S3Location.parse("s3://" + "X" * 300 + "/")
    assert len(str(caught.value)) < 200
