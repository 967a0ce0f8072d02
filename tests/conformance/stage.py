"""A case set up on a server, and what plain boto3 found there to be true."""

from __future__ import annotations

import dataclasses
import secrets
from dataclasses import dataclass

from bucket_cases import BUCKET_CASES
from cases import NEIGHBOUR, Case, Pair, Server
from condition_cases import CONDITION_CASES
from identity_cases import IDENTITY_CASES
from plain_s3 import s3_client
from session_cases import SESSION_CASES
from truth import Truth, find_truth

from core.access import Secret, UserAccess
from core.location import S3Location

CASES = (*IDENTITY_CASES, *CONDITION_CASES, *BUCKET_CASES, *SESSION_CASES)


def case_named(name: str) -> Case:
    """Find a case."""
    return next(case for case in CASES if case.name == name)


@dataclass(frozen=True, slots=True)
class Stage:
    """A case set up on a server, and what plain boto3 found there to be true."""

    case: Case
    server: Server
    location: S3Location
    access: UserAccess
    truth: Truth


def set_up(server: Server, case: Case, *, versioned: bool = False) -> Stage:
    """Make the bucket, the principal and the policies of a case, and find the truth."""
    name = "".join(letter if letter.isalnum() else "-" for letter in case.name.lower())
    location = S3Location(f"{name[:44].strip('-')}-{secrets.token_hex(4)}", case.folder)
    server.make_bucket(location.bucket, versioned=versioned)
    for picture in case.pictures:
        server.s3.put_object(Bucket=location.bucket, Key=case.folder + picture, Body=b"picture" if picture else b"")
    for key in (NEIGHBOUR + "secret.jpg", "readme.txt"):
        server.s3.put_object(Bucket=location.bucket, Key=key, Body=b"not ours")
    access = (_let_a_user_in if case.session is None else _let_a_session_in)(server, case, location)
    truth = find_truth(s3_client(server.url, server.region, access), server.s3, location)
    return Stage(case, server, location, access, truth)


def _let_a_user_in(server: Server, case: Case, location: S3Location) -> UserAccess:
    user = server.make_user(location.bucket)
    if case.policy is not None:
        server.put_policy(location.bucket, case.policy(location))
    if case.bucket_policy is not None:
        server.put_bucket_policy(location.bucket, case.bucket_policy(location, server.arn_of(location.bucket)))
    match case.pair:
        case Pair.WRONG_SECRET:
            return dataclasses.replace(user, secret_access_key=Secret(secrets.token_hex(20)))
        case Pair.UNKNOWN_KEY:
            return dataclasses.replace(user, access_key_id="AKIA" + secrets.token_hex(8).upper())
    return user


def _let_a_session_in(server: Server, case: Case, location: S3Location) -> UserAccess:
    user = server.make_user(location.bucket)
    role = server.make_role(location.bucket, location.bucket)
    if case.policy is not None:
        server.put_role_policy(location.bucket, case.policy(location))
    if case.bucket_policy is not None:
        server.put_bucket_policy(location.bucket, case.bucket_policy(location, role))
    limits = case.session.policy(location) if case.session and case.session.policy else None
    session = server.assume(user, role, limits)
    assert session.session_token is not None
    match case.pair:
        case Pair.WRONG_SECRET:
            return dataclasses.replace(session, secret_access_key=Secret(secrets.token_hex(20)))
        case Pair.CUT_TOKEN:
            return dataclasses.replace(session, session_token=Secret(session.session_token.reveal()[:-9]))
        case Pair.NO_TOKEN:
            return dataclasses.replace(session, session_token=None)
        case Pair.ANOTHERS_TOKEN:
            return dataclasses.replace(session, session_token=server.assume(user, role, limits).session_token)
    return session
