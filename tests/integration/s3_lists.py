"""Answers to lists, made from names: for a server that is told what to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote
from xml.sax.saxutils import escape

from s3_faults import BUCKET, Answer, Reply, Request, error, marked

__all__ = ["buckets_of", "level_of", "listing", "root"]


def listing(keys: Sequence[str] = (), folders: Sequence[str] = (), following: str | None = None) -> Reply:
    """Answer a List with these names (S3 API reference, ListObjectsV2)."""
    contents = "".join(
        f"<Contents><Key>{quote(key)}</Key><Size>10</Size><LastModified>2026-11-20T09:30:00.000Z</LastModified>"
        "</Contents>"
        for key in keys
    )
    prefixes = "".join(f"<CommonPrefixes><Prefix>{quote(each)}</Prefix></CommonPrefixes>" for each in folders)
    token = f"<NextContinuationToken>{following}</NextContinuationToken>" if following else ""
    body = (
        f"<ListBucketResult><Name>{BUCKET}</Name><EncodingType>url</EncodingType>"
        f"<KeyCount>{len(keys) + len(folders)}</KeyCount>"
        f"<IsTruncated>{str(following is not None).lower()}</IsTruncated>{token}{contents}{prefixes}</ListBucketResult>"
    )
    return Reply(200, body.encode(), marked())


def level_of(tree: Mapping[str, Sequence[str]]) -> Callable[[Request], Reply]:
    """Answer from a tree, prefix -> names in it; those that end with a slash are folders. Others may not be listed."""

    def answer(request: Request) -> Reply:
        prefix = request.query.get("prefix", "")
        if prefix not in tree:
            return error("AccessDenied", 403, "Access Denied")
        names = [prefix + name for name in tree[prefix]]
        start = int(request.query.get("continuation-token", "0"))
        end = start + int(request.query["max-keys"])
        page = names[start:end]
        return listing(
            keys=[name for name in page if not name.endswith("/")],
            folders=[name for name in page if name.endswith("/")],
            following=str(end) if end < len(names) else None,
        )

    return answer


def buckets_of(*regions: str, following: str = "") -> Reply:
    """Answer ListBuckets (S3 API reference): a bucket for each region."""
    buckets = "".join(
        f"<Bucket><Name>{BUCKET}{number or ''}</Name><BucketRegion>{escape(region)}</BucketRegion></Bucket>"
        for number, region in enumerate(regions)
    )
    token = f"<ContinuationToken>{following}</ContinuationToken>" if following else ""
    body = f"<ListAllMyBucketsResult><Buckets>{buckets}</Buckets>{token}</ListAllMyBucketsResult>"
    return Reply(200, body.encode(), marked())


def root(answer: Answer) -> dict[str, Answer]:
    """Script what answers ListBuckets: a plain GET of the server's root."""
    return {"GetObject": answer}
