"""What KMS keys refuse, and objects whose key the customer keeps."""

from __future__ import annotations

import json

import pytest
from fault_cases import KMS_KEY, NO_IDENTITY_POLICY, Case, D, I, L, U, reading, run_case, shows, writing
from s3_faults import ARN, KEY, Reply, S3Faults, World, calm, denied, error, marked
from watched_checks import target_at, watch

from core.lights.check import Checker
from core.lights.states import ProbeMode
from core.lights.target import CheckOptions
from core.needs import Operation


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    calm(monkeypatch)


@pytest.fixture(scope="module")
def checker() -> Checker:
    """One checker for the many cases: its clients are kept for each server apart."""
    return Checker()


UNPROVEN = "unknown write-unproven"
"""What a dry run says of Write where a key is in play: it does not touch the key."""

FOREIGN_KEY = "arn:aws:kms:eu-central-1:999988887777:key/1234abcd-12ab-34cd-56ef-1234567890ab"
NO_KEY_POLICY = "because no resource-based policy allows the {} action"
ELSEWHERE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based "
    "policy explicitly denies access"
)
CIPHERTEXT = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not "
    "allowed to access."
)
SSE_C = (
    "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve "
    "the object."
)
OTHER_KEY = (
    "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key."
)

CASES = [
    reading(
        "K1",
        U,
        "decrypt",
        denied("kms:Decrypt", NO_IDENTITY_POLICY.format("kms:Decrypt"), KMS_KEY),
        "red kms-decrypt-denied",
        KMS_KEY,
        f'"Resource": "{KMS_KEY}"',
        write=UNPROVEN,
    ),
    reading(
        "K1",
        U,
        "decrypt-without-a-reason",
        error(
            "AccessDenied",
            403,
            f"User: {ARN} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext",
        ),
        "red kms-decrypt-denied",
        write=UNPROVEN,
    ),
    reading(
        "A22",
        U,
        "list-works-and-every-get-is-a-matter-of-the-key",
        denied("kms:Decrypt", NO_IDENTITY_POLICY.format("kms:Decrypt"), KMS_KEY),
        "red kms-decrypt-denied",
        write=UNPROVEN,
    ),
    writing(
        "K2",
        D,
        "data-key",
        denied("kms:GenerateDataKey", NO_IDENTITY_POLICY.format("kms:GenerateDataKey"), KMS_KEY),
        "red kms-generate-data-key-denied",
        "kms:GenerateDataKey",
        '"kms:GenerateDataKey"',
        mode=ProbeMode.REAL,
    ),
    writing(
        "K2",
        D,
        "decrypt-for-an-upload",
        denied("kms:Decrypt", NO_IDENTITY_POLICY.format("kms:Decrypt"), KMS_KEY),
        "red kms-generate-data-key-denied",
        "kms:Decrypt",
        mode=ProbeMode.MULTIPART,
    ),
    reading(
        "K3",
        D,
        "key-policy",
        denied("kms:Decrypt", NO_KEY_POLICY.format("kms:Decrypt"), KMS_KEY),
        "red kms-key-policy",
        "the key's owner can",
        f'"AWS": "{ARN}"',
        write=UNPROVEN,
    ),
    writing(
        "K3",
        D,
        "key-policy-for-writes",
        denied("kms:GenerateDataKey", NO_KEY_POLICY.format("kms:GenerateDataKey"), KMS_KEY),
        "red kms-key-policy",
        KMS_KEY,
        '"kms:GenerateDataKey"',
    ),
    reading(
        "K3",
        U,
        "key-policy-that-denies",
        denied("kms:Decrypt", "with an explicit deny in a resource-based policy", KMS_KEY),
        "red kms-key-policy",
        write=UNPROVEN,
    ),
    reading(
        "K4", U, "foreign-key", denied("kms:Decrypt", ELSEWHERE, FOREIGN_KEY), "red kms-key-policy", write=UNPROVEN
    ),
    writing(
        "K4", U, "foreign-key-for-writes", denied("kms:GenerateDataKey", ELSEWHERE, FOREIGN_KEY), "red kms-key-policy"
    ),
    reading(
        "K5", I, "older-words", error("AccessDenied", 403, CIPHERTEXT), "red kms-key-policy", "ARN", write=UNPROVEN
    ),
    reading(
        "K6",
        L,
        "disabled",
        error("KMS.DisabledException", 400, f"{KMS_KEY} is disabled."),
        "red kms-key-disabled",
        "Enable the key",
        write=UNPROVEN,
    ),
    writing(
        "K6", L, "disabled-for-writes", error("KMS.DisabledException", 400, "is disabled."), "red kms-key-disabled"
    ),
    reading(
        "K7",
        L,
        "pending-deletion",
        error("KMS.KMSInvalidStateException", 400, f"{KMS_KEY} is pending deletion."),
        "red kms-key-pending",
        "Cancel the deletion",
        write=UNPROVEN,
    ),
    writing(
        "K7",
        L,
        "pending-import",
        error("KMS.KMSInvalidStateException", 400, "is pending import."),
        "red kms-key-pending",
    ),
    writing(
        "K8",
        L,
        "not-found",
        error("KMS.NotFoundException", 400, "Invalid keyId 1234"),
        "red kms-key-not-found",
        "full ARN",
    ),
    writing(
        "K9",
        D,
        "wrong-type",
        error("KMS.InvalidKeyUsageException", 400, "key usage is SIGN_VERIFY"),
        "red kms-key-wrong-type",
        "ENCRYPT_DECRYPT",
    ),
    reading(
        "K10",
        D,
        "aws-own-key-of-another-account",
        denied("kms:Decrypt", NO_KEY_POLICY.format("kms:Decrypt"), FOREIGN_KEY),
        "red kms-key-policy",
        "aws/s3",
        write=UNPROVEN,
    ),
    reading("K11", L, "customers-key", error("InvalidRequest", 400, SSE_C), "amber sse-c-object", "SSE-C"),
    reading(
        "K12",
        L,
        "customers-other-key",
        error("AccessDenied", 403, OTHER_KEY),
        "amber sse-c-object",
        "Store them again",
    ),
    reading(
        "A6",
        D,
        "key-denied-explicitly",
        denied("kms:Decrypt", "with an explicit deny in an identity-based policy", KMS_KEY),
        "red explicit-deny-identity-policy",
        KMS_KEY,
    ),
    reading(
        "A9",
        D,
        "key-denied-by-the-organization",
        denied("kms:Decrypt", "with an explicit deny in a service control policy", KMS_KEY),
        "red service-control-policy",
        "kms:Decrypt",
    ),
    reading(
        "A11",
        D,
        "key-beyond-the-boundary",
        denied("kms:Decrypt", "because no permissions boundary allows the kms:Decrypt action", KMS_KEY),
        "red permissions-boundary",
        "kms:Decrypt",
        f'"Resource": "{KMS_KEY}"',
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_key_refuses(case: Case, checker: Checker, caplog: pytest.LogCaptureFixture) -> None:
    for light in run_case(case, checker, caplog):
        if light.paste and light.paste.startswith("{"):
            json.loads(light.paste)


@shows("K11", L)
def test_one_object_with_a_customers_key_leaves_read_working_with_a_warning(checker: Checker) -> None:
    world = World(keys=[f"{KEY}-{number}" for number in range(3)])
    with S3Faults({"GetObject": [error("InvalidRequest", 400, SSE_C), world]}, world=world) as server:
        watched = watch(checker, target_at(server.url))
    assert watched.said(Operation.READ) == "amber sse-c-object"
    assert "not for every object" in watched.report.light(Operation.READ).summary


@shows("K2", D)
def test_a_dry_run_proves_nothing_about_a_key(checker: Checker) -> None:
    with S3Faults() as server:
        named = watch(checker, target_at(server.url, kms_key_arn=KMS_KEY))
    seen = Reply(206, b"x", marked({"ETag": '"1"', "x-amz-server-side-encryption": "aws:kms"}))
    with S3Faults({"GetObject": seen}) as server:
        met = watch(checker, target_at(server.url))
    assert named.all_said == met.all_said == ("green", "green", UNPROVEN)
    assert "--write-probe real" in (met.report.light(Operation.WRITE).paste or "")


def test_where_a_key_is_configured_the_dataset_itself_is_to_prove_write(checker: Checker) -> None:
    with S3Faults() as server:
        light = watch(checker, target_at(server.url, kms_key_arn=KMS_KEY)).report.light(Operation.WRITE)
    assert light.paste is None
    assert "in a check of this dataset" in (light.fix or "")


@pytest.mark.parametrize("layer", ["identity-based policy", "permissions boundary", "session policy"])
def test_a_key_that_is_not_named_gets_no_statement_and_none_is_promised(checker: Checker, layer: str) -> None:
    message = (
        f"User: {ARN} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext "
        f"because no {layer} allows the kms:Decrypt action"
    )
    with S3Faults({"GetObject": error("AccessDenied", 403, message)}) as server:
        light = watch(checker, target_at(server.url)).report.light(Operation.READ)
    assert light.paste is None
    assert "kms:Decrypt" in (light.fix or "")
    assert "his statement" not in (light.fix or "")


def test_a_key_policy_that_denies_is_not_to_be_mended_by_an_allow(checker: Checker) -> None:
    deny = denied("kms:Decrypt", "with an explicit deny in a resource-based policy", KMS_KEY)
    with S3Faults({"GetObject": deny}) as server:
        light = watch(checker, target_at(server.url)).report.light(Operation.READ)
    assert light.paste is None
    assert "out of that Deny" in (light.fix or "")


def test_a_kms_key_is_named_in_the_write_that_proves_it(checker: Checker) -> None:
    with S3Faults() as server:
        target = target_at(server.url, kms_key_arn=KMS_KEY)
        assert watch(checker, target, CheckOptions(write_probe=ProbeMode.REAL)).said(Operation.WRITE) == "green"
        headers = server.of("PutObject")[0].headers
    assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == KMS_KEY
