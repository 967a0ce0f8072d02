"""What a server says must not bring a secret, or the name of one of the user's objects, into a report."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from s3_faults import ARN, BUCKET, KEY, PERSON, Reply, S3Faults, World, calm, error
from watched_checks import SESSION, target_at, watch

from core.access import Secret, UserAccess
from core.lights.check import Checker
from core.lights.states import CheckReport
from core.needs import Operation

NO_ALLOW = "because no identity-based policy allows the s3:GetObject action"
ASKED = f"User: {ARN} is not authorized to perform: s3:GetObject on resource:"
DENY = "with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/p"
SENTENCES = {
    "quoted": f'{ASKED} "{{object}}" {NO_ALLOW}',
    "bare": f"{ASKED} {{object}} {NO_ALLOW}",
    "deny": f"{ASKED} {{object}} {DENY}",
    "broken-lines": f'{ASKED}\n"{{object}}"\n{NO_ALLOW}',
    "arn": "You may not read {object}.",
    "path": "You may not read /{bucket}/{key}, said the gateway.",
    "key": "{key} is not yours",
    "url": "{quoted} is not yours",
}


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES.keys())
@pytest.mark.parametrize(
    "key",
    [KEY, f"projects/farm-animals/he left because of {PERSON}", f'projects/farm-animals/a "quoted" {PERSON}'],
    ids=["plain", "with-because", "with-quotes"],
)
def test_a_refusal_that_names_the_object_does_not_bring_its_name_into_the_report(
    checker: Checker, sentence: str, key: str
) -> None:
    text = sentence.format(object=f"arn:aws:s3:::{BUCKET}/{key}", bucket=BUCKET, key=key, quoted=quote(key))
    with S3Faults({"GetObject": error("AccessDenied", 403, text, Key=key)}, world=World(keys=(key,))) as server:
        shown = watch(checker, target_at(server.url)).shown
    assert "muster" not in shown
    assert "he left" not in shown
    assert "quoted" not in shown


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (f"Maria\t{PERSON}", "Cannot read {key} here"),
        (PERSON, "No right to open {name}"),
        (f"a\tbecause {PERSON}", f'{ASKED} "arn:aws:s3:::{BUCKET}/{{key}}"'),
        (PERSON, f'{ASKED} "arn:aws:s3:::{BUCKET}/{{key}}" because {{name}} is not yours'),
    ],
    ids=["with-a-tab", "its-last-part", "because-behind-a-tab", "in-the-reason"],
)
def test_a_key_that_is_named_in_part_or_changed_stays_out_of_the_report(checker: Checker, name: str, said: str) -> None:
    key = f"projects/farm-animals/{name}"
    message = said.replace("{key}", key).replace("{name}", name)
    with S3Faults({"GetObject": error("AccessDenied", 403, message)}, world=World(keys=(key,))) as server:
        shown = watch(checker, target_at(server.url)).shown
    assert "muster" not in shown.casefold()


def test_a_key_cannot_pose_as_the_reason_of_a_refusal(checker: Checker) -> None:
    key = "projects/farm-animals/explicit deny in a service control policy.jpg"
    message = f"User: x is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::{BUCKET}/{key} " + (
        NO_ALLOW
    )
    with S3Faults({"GetObject": error("AccessDenied", 403, message)}, world=World(keys=(key,))) as server:
        assert watch(checker, target_at(server.url)).said(Operation.READ) == "red denied-identity-policy"


def test_a_server_that_echoes_the_session_token_does_not_bring_it_into_the_report(checker: Checker) -> None:
    def echo(request: object) -> Reply:
        return error(
            "AccessDenied", 403, f"who is {SESSION}?", StorageClass=SESSION, headers={"x-amz-request-id": SESSION}
        )

    with S3Faults({"*": echo}) as server:
        watched = watch(checker, target_at(server.url))
    evidence = watched.report.light(Operation.LIST).evidence
    assert evidence is not None
    assert evidence.message == "who is …?"


def test_what_a_server_says_cannot_steer_the_terminal(checker: Checker) -> None:
    with S3Faults({"*": error("AccessDenied", 403, "no\x9b31m\nway\x85")}) as server:
        shown = watch(checker, target_at(server.url)).report
    assert _message(shown) == "no 31m way "


def test_a_long_answer_is_cut_to_a_paragraph(checker: Checker) -> None:
    with S3Faults({"*": error("E" * 5000, 400, "m" * 5000)}) as server:
        report = watch(checker, target_at(server.url)).report
    assert len(_message(report)) == 500
    assert len(report.light(Operation.LIST).summary) < 300


def _message(report: CheckReport) -> str:
    evidence = report.light(Operation.LIST).evidence
    assert evidence is not None
    return evidence.message or ""


def test_a_secret_that_is_short_is_not_taken_out_of_every_word(checker: Checker) -> None:
    with S3Faults({"*": error("NoSuchBucket", 404)}) as server:
        report = checker.check(target_at(server.url, access=UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("o"))))
    assert report.light(Operation.LIST).cause == "no-such-bucket"
