"""Users and roles to be handed over, plain ones and odd ones; run as a program, it writes the golden files anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import strategies as st

from core.access import AccessKind, Secret
from core.aws.grants import Grant, Networks
from core.location import S3Location
from core.needs import OPERATIONS
from core.provision.handoff import pack, save
from core.provision.wanted import Wanted

ACCOUNT = "111122223333"
EXTERNAL_ID = Secret("lightly-canary-of-the-external-id")
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/edge/OfTheHouse"
GOLDEN = Path(__file__).with_name("handoff_golden")

ODD = (
    "a*b?c/",
    "${x}/$${y}/$$${z}/%{for}/%%{q}/",
    'it\'s "quoted" `here` $(touch pwned) \\ & ; | < > # ! ~/',
    "line\nbreak\rand\ttab\x1b[31m/",
    "Kühe/",
    "'; exit 1; '/",
    "POLICY\nEOF\n/",
    "$/",
)


def grant(prefix: str = "projects/farm-animals/", bucket: str = "datalake", *, key: str | None = None) -> Grant:
    return Grant(location=S3Location(bucket, prefix), operations=OPERATIONS, region="eu-central-1", kms_key_arn=key)


USER = Wanted(access=AccessKind.USER, dataset="farm-animals", grants=(grant(),), made_on=date(2026, 11, 22))
ROLE = replace(USER, access=AccessKind.DELEGATED, external_id=EXTERNAL_ID)

EVERYTHING = {
    "grants": (
        replace(grant(key=KEY), operations=OPERATIONS[:2]),
        replace(grant("results/", "lake-out", key=KEY), delete=True),
    ),
    "networks": Networks(source_ips=("203.0.113.0/24",), vpcs=("vpc-0a1b2c3d",)),
    "boundary_arn": BOUNDARY,
    "path": "/lightly/team/",
}
FULL_USER = replace(USER, **EVERYTHING)  # type: ignore[arg-type]
FULL_ROLE = replace(ROLE, **EVERYTHING)  # type: ignore[arg-type]

CASES = {
    "user": USER,
    "role": ROLE,
    "user-with-everything": FULL_USER,
    "role-with-everything": FULL_ROLE,
    "user-of-china": replace(USER, grants=(replace(grant(), region="cn-north-1"),)),
    "whole-bucket": replace(ROLE, grants=(grant(""),)),
    "user-with-a-key": replace(USER, grants=(grant(key=KEY),)),
    **{f"odd-{number}": replace(ROLE, grants=(grant(prefix),)) for number, prefix in enumerate(ODD)},
    "odd-path": replace(ROLE, path="/a_+=,.@-/=/--x/"),
    "odd-user": replace(USER, grants=(grant(ODD[1]), grant(ODD[2], "other-bucket"))),
}

prefixes = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30).map(
    lambda text: f"{text}/" if text else ""
) | st.text(st.sampled_from("${%}*?'\"\\`!\n$ a/é"), min_size=1, max_size=40).map(lambda text: f"{text}/")
"""Prefixes of all letters, and such that want to be read as something else."""


def golden_packs() -> dict[str, dict[str, str]]:
    """Return what the golden files hold, folder to files."""
    return {"user": pack([USER], account_id=ACCOUNT), "role": pack([FULL_ROLE, OTHER], account_id=ACCOUNT)}


OTHER = replace(ROLE, dataset="farm-animals-output", grants=(grant("results/", "lake-out"),))

if __name__ == "__main__":
    for folder, files in golden_packs().items():
        save(files, GOLDEN / folder)
