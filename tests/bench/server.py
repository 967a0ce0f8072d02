"""A server that answers what a check asks as S3 and STS would, after a delay; a program of its own.

Its first line of output is its port; its one argument is the delay in seconds. It keeps connections open, and ends with
its standard input. `Expect: 100-continue` is answered at once, which favours the peer: bucketlight does not send it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading

BUCKET = "bench-bucket"
PREFIX = "folder/"

_LISTING = f"""<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{BUCKET}</Name><Prefix>{PREFIX}</Prefix>\
<KeyCount>1</KeyCount><MaxKeys>10</MaxKeys><IsTruncated>false</IsTruncated><Contents><Key>{PREFIX}a.png</Key>\
<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"0cc175b9c0f1b6a831c399e269772661"</ETag><Size>1</Size>\
<StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>"""
_BAD_DIGEST = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>BadDigest</Code><Message>The Content-MD5 you specified did not match what we received.</Message>\
<RequestId>0123456789ABCDEF</RequestId><HostId>bench</HostId></Error>"""
_IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>\
<Arn>arn:aws:iam::111122223333:user/bench</Arn><UserId>AIDABENCH</UserId><Account>111122223333</Account>\
</GetCallerIdentityResult><ResponseMetadata><RequestId>bench</RequestId></ResponseMetadata>\
</GetCallerIdentityResponse>"""
_ETAG = 'ETag: "0cc175b9c0f1b6a831c399e269772661"\r\n'


def _answer(method: str, path: str, headers: dict[str, str]) -> bytes:
    match method:
        case "GET" if "list-type=2" in path:
            return _response("200 OK", _LISTING)
        case "GET":
            return _response("206 Partial Content", "a", f"{_ETAG}Content-Range: bytes 0-0/1\r\n", "image/png")
        case "PUT" if "content-md5" in headers:
            return _response("400 Bad Request", _BAD_DIGEST)
        case "PUT":
            return _response("200 OK", "", _ETAG)
        case _:
            return _response("200 OK", _IDENTITY, content_type="text/xml")


def _response(status: str, body: str, more: str = "", content_type: str = "application/xml") -> bytes:
    head = f"HTTP/1.1 {status}\r\nServer: bench\r\nx-amz-request-id: 0123456789ABCDEF\r\n{more}"
    return f"{head}Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def _serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in head[1:])}
            if headers.get("expect", "").lower() == "100-continue":
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await _skip_body(reader, headers)
            await asyncio.sleep(delay)
            writer.write(_answer(method, path, headers))
            await writer.drain()
    writer.close()


async def _skip_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> None:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        await reader.readexactly(int(headers.get("content-length", 0)))
        return
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        await reader.readexactly(size + 2)
    await reader.readuntil(b"\r\n")


async def _main(delay: float) -> None:
    server = await asyncio.start_server(lambda r, w: _serve_connection(r, w, delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    threading.Thread(target=lambda: asyncio.run(_main(float(sys.argv[1]))), daemon=True).start()
    sys.stdin.buffer.read()
