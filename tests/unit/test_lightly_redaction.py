from __future__ import annotations

import base64
import io
import json
import logging
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st

from core.access import Secret
from core.lightly.redaction import HIDDEN, RedactingFilter, redact, tidy

KEY = "wJalr/K7+MDENG=bPx é&"
SECRET = Secret(KEY)
_secrets = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=40).filter(lambda s: "•" not in s)


def test_each_form_of_a_secret_is_hidden() -> None:
    raw = KEY.encode()
    forms = [KEY, json.dumps(KEY)[1:-1], quote(KEY, safe=""), quote(KEY), quote_plus(KEY)]
    forms += [quote(KEY, safe="").replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d")]
    forms += [base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("=")]
    for form in forms:
        shown = redact(f"before {form} after", [SECRET])
        assert form not in shown
        assert shown.startswith("before ")
        assert shown.endswith(" after")


@given(_secrets, st.binary(max_size=7), st.binary(max_size=7))
def test_base64_is_hidden_wherever_the_secret_begins(secret: str, before: bytes, after: bytes) -> None:
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    shown = redact(encoded, [Secret(secret)])
    # Only bits beside the secret's own are left: at most two characters of it on each side.
    assert len(shown.replace(HIDDEN, "")) <= -(-len(before) * 4 // 3) + -(-len(after) * 4 // 3) + 6
    assert HIDDEN in shown


@given(_secrets, st.text(max_size=20), st.text(max_size=20))
def test_no_text_holds_a_secret_afterwards(secret: str, before: str, after: str) -> None:
    for form in (secret, quote(secret, safe=""), quote_plus(secret)):
        assert form not in redact(before + form + after, [Secret(secret)])


def test_what_follows_token_in_a_query_is_hidden_without_knowing_it() -> None:
    shown = redact("GET /v1/datasets?pageSize=1&token=abc%2Fdef&x=1 HTTP/1.1")
    assert shown == f"GET /v1/datasets?pageSize=1&token={HIDDEN}&x=1 HTTP/1.1"
    assert redact("next=%2Fv1%3Ftoken%3Dabcdef") == f"next=%2Fv1%3Ftoken%3D{HIDDEN}"


def test_an_empty_secret_hides_nothing() -> None:
    assert redact("a text", [Secret("")]) == "a text"


def test_a_text_from_elsewhere_becomes_one_short_printable_line() -> None:
    assert tidy("a\n\tb\x1b[31m\u202ec") == "a b [31m c"
    long = tidy("x" * 500)
    assert len(long) == 200
    assert long.endswith("…")


def test_a_secret_is_hidden_before_a_text_is_cut() -> None:
    assert KEY[:5] not in tidy("x" * 190 + KEY, [SECRET])


def test_a_filter_cleans_message_arguments_and_traceback() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("test_lightly_redaction")
    logger.addHandler(handler)
    logger.propagate = False
    clean = RedactingFilter([SECRET])
    logger.addFilter(clean)
    failure = RuntimeError(f"https://x/?token={KEY}")
    try:
        logger.error("failed at %s with %r", f"/v1?token={quote(KEY)}", KEY, exc_info=failure)
    finally:
        logger.removeFilter(clean)
        logger.removeHandler(handler)
    text = written.getvalue()
    assert "failed at /v1?token=" in text
    assert "RuntimeError" in text
    assert "wJalr" not in text
