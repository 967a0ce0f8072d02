"""AWS's access-denied sentence, read back."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.aws.denial import Denial, Layer, parse_denial

untimed = settings(deadline=None)
ANNA = "arn:aws:iam::111122223333:user/anna"
SESSION = "arn:aws:sts::111122223333:assumed-role/lightly-role/check"
CAT = "arn:aws:s3:::datalake/projects/farm-animals/cat 1.jpg"
SCP = "arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd"

NO_READ = "no identity-based policy allows the s3:GetObject action"
KEY_UNKNOWN = (
    "the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)
GO_TO = "Go to https://signin.aws.amazon.com/denied?x=1&y=2 for more. Give them this authorization id: a1b2-C3/d="


def sentence(reason: str = "", resource: str | None = f'"{CAT}"', action: str = "s3:GetObject", end: str = "") -> str:
    on = "" if resource is None else f" on resource: {resource}"
    return f"User: {ANNA} is not authorized to perform: {action}{on}{' ' if reason else ''}{reason}{end}"


def read(message: str) -> Denial:
    denial = parse_denial(message)
    assert denial is not None
    return denial


# --- what the sentence says ---


def test_the_sentence_says_who_was_refused_what_and_by_which_kind_of_policy() -> None:
    assert parse_denial(sentence(f"because {NO_READ}")) == Denial(
        principal=ANNA, action="s3:GetObject", resource=CAT, layer=Layer.IDENTITY, explicit=False, reason=NO_READ
    )


@pytest.mark.parametrize("layer", Layer)
def test_each_layer_is_known_where_nothing_allows_it(layer: Layer) -> None:
    denial = read(sentence(f"because no {layer} allows the s3:GetObject action"))
    assert (denial.layer, denial.explicit) == (layer, False)
    assert denial.reason == f"no {layer} allows the s3:GetObject action"


@pytest.mark.parametrize("layer", Layer)
@pytest.mark.parametrize("article", ["a", "an", "the"])
def test_each_layer_is_known_where_it_denies(layer: Layer, article: str) -> None:
    denial = read(sentence(f"with an explicit deny in {article} {layer}"))
    assert (denial.layer, denial.explicit, denial.policy_arn) == (layer, True, None)
    assert denial.reason == f"an explicit deny in {article} {layer}"


@pytest.mark.parametrize("end", ["", ".", f". {GO_TO}", f". {GO_TO}."])
def test_a_policy_that_is_named_is_given_without_the_full_stop(end: str) -> None:
    denial = read(sentence(f"with an explicit deny in a service control policy: {SCP}", end=end))
    assert denial.policy_arn == SCP
    assert denial.reason == f"an explicit deny in a service control policy: {SCP}"


def test_a_deny_of_an_unnamed_policy_is_explicit() -> None:
    denial = read(sentence("with an explicit deny", "arn:aws:lambda:us-east-1:111122223333:function:f"))
    assert (denial.explicit, denial.layer, denial.reason) == (True, None, "an explicit deny")


@pytest.mark.parametrize(
    "words",
    [
        "with an explicit deny in a VPC endpoint policy transitively through a service control policy",
        "with an explicit deny in a VPC endpoint policy (transitively through a service control policy)",
    ],
)
@pytest.mark.parametrize("resource", [f'"{CAT}"', CAT, None])
def test_of_a_policy_that_denies_through_another_the_other_is_to_mend(words: str, resource: str | None) -> None:
    denial = read(sentence(words, resource))
    assert (denial.layer, denial.explicit) == (Layer.SERVICE_CONTROL, True)
    assert denial.reason == words.removeprefix("with ")


def test_the_policy_that_is_named_last_is_the_one_behind_the_other() -> None:
    denial = read(
        sentence(
            "with an explicit deny in a VPC endpoint policy: arn:aws:ec2:us-east-1:1:vpc-endpoint/v"
            f" transitively through a service control policy: {SCP}."
        )
    )
    assert denial.policy_arn == SCP


def test_the_authorization_id_is_found() -> None:
    assert read(sentence(f"because {NO_READ}", end=f". {GO_TO}")).authorization_id == "a1b2-C3/d="
    assert read(sentence(end=f". {GO_TO}")).authorization_id == "a1b2-C3/d="
    assert read(sentence(end=f". {GO_TO}", resource=None)).authorization_id == "a1b2-C3/d="


@pytest.mark.parametrize(
    "reason",
    [
        "public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access",
        "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access",
        "object protected by object lock",
        KEY_UNKNOWN,
    ],
)
@pytest.mark.parametrize("resource", [f'"{CAT}"', CAT, None])
def test_a_known_reason_that_is_no_policys_is_told(reason: str, resource: str | None) -> None:
    denial = read(sentence(f"because {reason}", resource, "s3:PutObject", "."))
    assert (denial.reason, denial.layer, denial.explicit) == (reason, None, False)
    assert denial.resource == (CAT if resource else None)


def test_the_reason_of_a_bucket_that_takes_no_customer_keys_is_told() -> None:
    words = "this bucket has blocked upload requests that specify\nServer Side Encryption with Customer provided keys"
    denial = read(sentence(f"because {words} (SSE-C). Specify a different type.", action="s3:PutObject"))
    assert denial.reason == f"{words.replace(chr(10), ' ')} (SSE-C). Specify a different type"


def test_a_reason_in_words_not_seen_before_is_told_where_it_cannot_be_a_part_of_the_key() -> None:
    assert read(sentence("because the moon is full.")).reason == "the moon is full"
    assert read(sentence("because the moon is full.", None)).reason == "the moon is full"
    unquoted = read(sentence("because the moon is full.", CAT))
    assert (unquoted.reason, unquoted.resource) == (None, f"{CAT} because the moon is full.")


def test_a_kind_of_policy_not_seen_before_is_told_without_a_layer() -> None:
    denial = read(sentence("with an explicit deny in an access point policy"))
    assert (denial.layer, denial.explicit, denial.reason) == (None, True, "an explicit deny in an access point policy")


def test_a_reason_in_words_not_seen_before_that_repeats_the_key_is_not_told() -> None:
    assert read(sentence("because projects/farm-animals/cat\n1.jpg is not yours")).reason is None
    assert read(sentence("because datalake is not yours", '"datalake"')).reason is None
    assert read(sentence("because you may not act on resource datalake", None)).reason is None


def test_iam_names_a_resource_without_quotes_and_with_a_blank() -> None:
    denial = read(
        "User: arn:aws:iam::1:user/x is not authorized to perform: iam:CreateUser on resource: user victim"
        f" because no identity-based policy allows the iam:CreateUser action. {GO_TO}"
    )
    assert (denial.resource, denial.layer, denial.authorization_id) == ("user victim", Layer.IDENTITY, "a1b2-C3/d=")


def test_sts_names_no_resource() -> None:
    refused = "because no role trust policy allows the sts:AssumeRole action"
    denial = read(f"User: {SESSION} is not authorized to perform: sts:AssumeRole {refused}")
    assert (denial.principal, denial.resource, denial.layer) == (SESSION, None, Layer.ROLE_TRUST)
    bare = read(f"User: {SESSION} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/x")
    assert (bare.resource, bare.layer, bare.reason) == ("arn:aws:iam::1:role/x", None, None)


def test_kms_may_name_no_resource_but_the_ciphertext() -> None:
    denial = read(
        f"User: {ANNA} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext"
        " because no resource-based policy allows the kms:Decrypt action"
    )
    assert (denial.action, denial.resource, denial.layer) == ("kms:Decrypt", None, Layer.RESOURCE)


def test_a_sentence_before_it_does_no_harm() -> None:
    denial = read(f"You are not authorized to perform this operation. {sentence(f'because {NO_READ}')}")
    assert (denial.principal, denial.layer) == (ANNA, Layer.IDENTITY)


@pytest.mark.parametrize("change", [str.upper, str.lower, str.title])
def test_upper_and_lower_case_are_one(change: object) -> None:
    assert callable(change)
    denial = read(change(sentence("with an explicit deny in a VPC endpoint policy")))
    assert (denial.layer, denial.explicit) == (Layer.VPC_ENDPOINT, True)


@pytest.mark.parametrize("quote", ['"', ""])
def test_the_text_may_be_broken_over_lines_anywhere(quote: str) -> None:
    message = sentence(
        f"with an explicit deny in a service control policy: {SCP}", f"{quote}arn:aws:s3:::b/k{quote}", end=f". {GO_TO}"
    )
    assert parse_denial(message.replace(" ", "\n")) == parse_denial(message)


@pytest.mark.parametrize(
    "message",
    [
        None,
        "",
        " ",
        "Access Denied",
        "Access Denied because object protected by object lock.",
        "The ciphertext refers to a customer master key that does not exist, or you are not allowed to access it.",
        "User is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::my-bucket/my-key",
        f"User: {ANNA} is authorized to perform: s3:GetObject",
        f"User: {ANNA} is not authorized to perform: everything",
    ],
)
def test_what_is_no_such_sentence_is_not_read(message: str | None) -> None:
    assert parse_denial(message) is None


# --- keys that would pose as the reason ---

LIES = [
    "x because no resource-based policy allows the s3:PutObject action",
    f"x with an explicit deny in a service control policy: {SCP}",
    'x" because no session policy allows the s3:GetObject action',
    'x" with an explicit deny in a permissions boundary',
    'x" because the moon is full',
    '"',
    '" "',
    f"x. {GO_TO}",
    f'x" because {NO_READ}. {GO_TO}',
    f"User: {SESSION} is not authorized to perform: s3:PutObject on resource: y because no session policy",
    "because",
    "with an explicit deny",
    "line\nbreak\tand  blanks ",
]


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("quote", ['"', ""])
@pytest.mark.parametrize("end", ["", ".", f". {GO_TO}"])
def test_a_key_cannot_pose_as_the_reason(lie: str, quote: str, end: str) -> None:
    resource = f"arn:aws:s3:::datalake/{lie}"
    denial = read(sentence("with an explicit deny in an identity-based policy", f"{quote}{resource}{quote}", end=end))
    assert denial == Denial(
        principal=ANNA,
        action="s3:GetObject",
        resource=resource,
        layer=Layer.IDENTITY,
        explicit=True,
        reason="an explicit deny in an identity-based policy",
        authorization_id="a1b2-C3/d=" if "Go to" in end else None,
    )


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("end", ["", ".", f". {GO_TO}"])
def test_a_key_is_no_reason_where_there_is_none(lie: str, end: str) -> None:
    resource = f"arn:aws:s3:::datalake/{lie}"
    denial = read(sentence(resource=f'"{resource}"', end=end))
    assert (denial.resource, denial.layer, denial.explicit, denial.reason) == (resource, None, False, None)


def test_a_sentence_that_was_cut_off_tells_no_reason() -> None:
    denial = read(sentence(resource='"arn:aws:s3:::datalake/because no identity-based pol'))
    assert (denial.layer, denial.reason, denial.policy_arn) == (None, None, None)


# --- any text ---

grammar = st.sampled_from(
    [*LIES, "User:", " is not authorized to perform: ", " on resource: ", " because ", " with ", '"', ". ", "\n", SCP]
)
texts = st.lists(grammar | st.text(max_size=6), max_size=8).map("".join)
layers = st.sampled_from(Layer)
actions = st.from_regex(r"[a-z0-9-]{1,8}:[A-Za-z0-9]{1,12}", fullmatch=True)
principals = st.from_regex(r"arn:aws:(iam|sts)::[0-9]{12}:[\w+=,.@/-]{1,20}", fullmatch=True)
arns = st.from_regex(r"arn:aws:iam::[0-9]{12}:policy/[A-Za-z0-9+=@/-]{1,20}", fullmatch=True)
ends = st.sampled_from(["", ".", f". {GO_TO}", f"\n{GO_TO}"])


@untimed
@given(texts)
def test_any_text_is_read_without_an_exception(text: str) -> None:
    parse_denial(text)
    denial = read(sentence(resource=None) + text)
    assert denial.action.startswith("s3:GetObject")


@untimed
@given(principals, actions, texts, layers, st.none() | arns, st.booleans(), st.booleans(), ends)
def test_a_sentence_is_read_back_to_its_parts(
    principal: str, action: str, key: str, layer: Layer, arn: str | None, explicit: bool, quoted: bool, end: str
) -> None:
    resource = f"arn:aws:s3:::b/{key}"
    if explicit:
        word, reason = "with", f"an explicit deny in a {layer}" + (f": {arn}" if arn else "")
    else:
        word, reason, arn = "because", f"no {layer} allows the {action} action", None
    named = f'"{resource}"' if quoted else resource
    message = f"User: {principal} is not authorized to perform: {action} on resource: {named} {word} {reason}{end}"
    assert parse_denial(message) == Denial(
        principal=principal,
        action=action,
        resource=resource,
        layer=layer,
        explicit=explicit,
        policy_arn=arn,
        reason=reason,
        authorization_id="a1b2-C3/d=" if GO_TO in end else None,
    )


@untimed
@given(texts, texts, ends)
def test_no_reason_holds_a_part_of_a_key_in_quotes(before: str, after: str, end: str) -> None:
    marked = f"{before} farm-secret {after}"
    for reason in ("", f"because {NO_READ}", "because the moon is full", "with an explicit deny in a moon policy"):
        denial = read(sentence(reason, f'"arn:aws:s3:::b/{marked}"', end=end))
        assert denial.resource == f"arn:aws:s3:::b/{marked}"
        assert denial.reason == (reason.partition(" ")[2] or None)


@untimed
@given(texts, texts)
def test_no_reason_holds_a_part_of_a_message_that_was_cut_off(before: str, after: str) -> None:
    assume('"' not in before + after)
    denial = read(sentence(resource=f'"arn:aws:s3:::b/{before} farm-secret {after}'))
    assert "farm-secret" not in (denial.reason or "")


# --- long texts: the time grows with the length, so that these end at all ---


@pytest.mark.parametrize(
    "piece",
    [
        " because",
        '" because',
        " because no identity-based policy allows the s3:GetObject action ",
        " with an explicit deny in a service control policy: arn:aws:iam::1:policy/p transitively",
        "\n",
        " with an explicit deny in a session policy: arn:",
        "User: ",
        "User: x is not authorized to perform:",
        ". Go to https:// authorization id:",
        "authorization id: ",
        "a",
    ],
)
@pytest.mark.parametrize("quote", ['"', ""])
def test_a_very_long_message_is_read(piece: str, quote: str) -> None:
    much = piece * (400_000 // len(piece))
    denial = read(sentence(f"because {NO_READ}", f"{quote}arn:aws:s3:::b/{much}{quote}"))
    assert (denial.layer, denial.reason) == (Layer.IDENTITY, NO_READ)
    read(sentence(resource=f"{quote}arn:aws:s3:::b/{much}"))
    parse_denial(much)
