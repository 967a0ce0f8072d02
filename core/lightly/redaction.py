"""Taking secrets out of texts: the platform's token travels in the URL, so every text near a request may hold it."""

from __future__ import annotations

import base64
import json
import logging
import re
import traceback
from collections.abc import Iterable, Iterator

from ..access import Secret

__all__ = ["HIDDEN", "RedactingFilter", "redact", "redact_logs", "tidy"]

HIDDEN = "••••••••"
"""What stands where a secret stood: dots of a fixed width."""

_TOKEN_IN_QUERY = re.compile(r"""(token(?:=|%3D))[^&\s"'<>#]+""", re.IGNORECASE)
_MIN_BASE64 = 8
_LOGGERS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Hide the secrets in a text, raw, URL-encoded, JSON-escaped or in base64, and whatever follows `token=`.

    Base64 is found wherever in a longer encoded text the secret begins, for secrets of eight bytes or more.
    """
    for secret in secrets:
        if secret:
            text = re.sub("|".join(_forms(secret.reveal())), HIDDEN, text)
    return _TOKEN_IN_QUERY.sub(rf"\g<1>{HIDDEN}", text)


def _forms(secret: str) -> Iterator[str]:
    """Give the patterns of what the secret may look like."""
    # Encoders differ in which characters they leave alone, and in the case of the digits: so each may be either.
    yield "".join(f"(?:{re.escape(character)}|{_encoded(character)})" for character in secret)
    yield re.escape(json.dumps(secret)[1:-1])
    yield re.escape(repr(secret)[1:-1])
    raw = secret.encode("utf-8", "replace")
    if len(raw) < _MIN_BASE64:
        return
    for offset in range(3):
        # Only the characters that hold bits of the secret alone are the same in every surrounding.
        first, last = -(-offset * 4 // 3), (offset + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield re.escape(encode(b"\0" * offset + raw)[first:last].decode())


def _encoded(character: str) -> str:
    escapes = "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
    return rf"\+|(?i:{escapes})" if character == " " else f"(?i:{escapes})"


def tidy(text: str, secrets: Iterable[Secret] = (), *, limit: int = 200) -> str:
    """Make a text from elsewhere fit to be shown: secrets hidden, one line, printable, at most `limit` characters."""
    shown = "".join(character if character.isprintable() else " " for character in redact(text, secrets))
    line = " ".join(shown.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


class RedactingFilter(logging.Filter):
    """Hides secrets in each log record that passes, in its message and in the traceback that it carries."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; it always passes."""
        record.msg, record.args = redact(record.getMessage(), self._secrets), ()
        if record.exc_info:
            lines = traceback.format_exception(*record.exc_info)
            record.exc_text, record.exc_info = redact("".join(lines).rstrip(), self._secrets), None
        return True


_FILTER = RedactingFilter()


def redact_logs() -> None:
    """Put a filter on each logger of urllib3 that may write an address. Calling it again changes nothing.

    A filter acts on the records of its own logger only, not on those of the loggers below it: hence each by name.
    """
    for name in _LOGGERS:
        logging.getLogger(f"urllib3.{name}").addFilter(_FILTER)
