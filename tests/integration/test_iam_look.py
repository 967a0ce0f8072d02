"""The look at IAM finds why, where it may ask; where it may not, it is silent, and it stops when it is told to."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.access import DelegatedAccess, Secret, UserAccess
from core.aws.bucket_settings import ALL_USERS, AWS_USERS, BucketSettings, bucket_settings
from core.aws.iam import MAX_POLICIES
from core.aws.session import Clients
from core.lights.iam_look import IamFindings, look_at_iam
from core.lights.states import Light, State, Viewpoint
from core.lights.target import Target
from core.location import S3Location
from core.needs import OPERATIONS, Operation
from core.sandbox import Sandbox

if TYPE_CHECKING:
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sts.client import STSClient

Document = Mapping[str, object]


def _never() -> bool:
    return False


@cache
def _clients() -> Clients:
    """Make the clients once: each new set reads AWS's models again."""
    return Clients()


# On the sandbox: real policies, as IAM returns them


def _document(*statements: Document) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


MAY_LOOK: Document = {"Sid": "Look", "Effect": "Allow", "Action": ["iam:List*", "iam:Get*"], "Resource": "*"}


@dataclass(slots=True)
class Account:
    """The sandbox in the hands of its administrator."""

    box: Sandbox
    count: int = 0
    iam: IAMClient = field(init=False)
    s3: S3Client = field(init=False)

    def __post_init__(self) -> None:
        session = self._session(self.box.admin)
        self.iam = session.client("iam", endpoint_url=self.box.s3_url)
        self.s3 = session.client("s3", endpoint_url=self.box.s3_url)

    def _session(self, user: UserAccess) -> boto3.Session:
        return boto3.Session(user.access_key_id, user.secret_access_key.reveal(), region_name=self.box.region)

    def sts(self, user: UserAccess) -> STSClient:
        return self._session(user).client("sts", endpoint_url=self.box.s3_url)

    def new_name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.count}"

    def user(self, *statements: Document) -> tuple[str, UserAccess]:
        """Make a user with an inline policy; its name and key."""
        name = self.new_name("ann")
        self.iam.create_user(UserName=name, Path="/people/")
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=_document(*statements))
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return name, UserAccess(key["AccessKeyId"], Secret(key["SecretAccessKey"]))

    def look(self, access: UserAccess, principal: str, *required: Operation) -> IamFindings:
        """Look as this principal at the sandbox's bucket."""
        return look_at_iam(_clients(), access, principal, self.target(*required), self.box.region, stopped=_never)

    def look_as(self, name: str, access: UserAccess, *required: Operation) -> IamFindings:
        return self.look(access, self.iam.get_user(UserName=name)["User"]["Arn"], *required)

    def target(self, *required: Operation) -> Target:
        return Target(
            location=S3Location(self.box.bucket, self.box.prefix),
            access=self.box.reader,
            endpoint_url=self.box.s3_url,
            required=required or OPERATIONS,
        )

    @property
    def lists_objects(self) -> Document:
        """The commonest mistake: List is granted on what lies in the bucket."""
        return {
            "Sid": "TooDeep",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{self.box.bucket}/*",
        }

    @property
    def denies_reading(self) -> Document:
        return {"Sid": "NoReading", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Sandbox() as box:
        yield Account(box)


def test_a_users_own_policy_is_read(account: Account) -> None:
    name, key = account.user(MAY_LOOK, account.lists_objects, account.denies_reading)
    found = account.look_as(name, key).findings
    assert found[Operation.LIST].cause == "list-granted-on-objects"
    assert (found[Operation.LIST].policy, found[Operation.LIST].sid) == ("own", "TooDeep")
    assert found[Operation.READ].cause == "explicit-deny-identity-policy"
    assert found[Operation.READ].sid == "NoReading"
    assert Operation.WRITE not in found  # nothing nearly allows it


def test_only_what_is_required_is_explained(account: Account) -> None:
    name, key = account.user(MAY_LOOK, account.lists_objects, account.denies_reading)
    assert set(account.look_as(name, key, Operation.READ).findings) == {Operation.READ}


def test_a_policy_attached_to_the_user_is_read_in_the_version_that_is_in_force(account: Account) -> None:
    name, key = account.user(MAY_LOOK)
    text = _document({**account.denies_reading, "Sid": "Old"})
    arn = account.iam.create_policy(PolicyName=account.new_name("shared"), PolicyDocument=text)["Policy"]["Arn"]
    text = _document({**account.denies_reading, "Sid": "New"})
    account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
    account.iam.attach_user_policy(UserName=name, PolicyArn=arn)
    finding = account.look_as(name, key).findings[Operation.READ]
    assert finding.sid == "New"
    assert finding.policy == arn.rpartition("/")[2]


@pytest.mark.parametrize("kind", ["inline", "attached"])
def test_a_policy_of_a_group_is_read(account: Account, kind: str) -> None:
    name, key = account.user(MAY_LOOK)
    group, policy = account.new_name("group"), account.new_name("of-group")
    account.iam.create_group(GroupName=group)
    account.iam.add_user_to_group(GroupName=group, UserName=name)
    text = _document(account.lists_objects)
    if kind == "inline":
        account.iam.put_group_policy(GroupName=group, PolicyName=policy, PolicyDocument=text)
    else:
        arn = account.iam.create_policy(PolicyName=policy, PolicyDocument=text)["Policy"]["Arn"]
        account.iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    finding = account.look_as(name, key).findings[Operation.LIST]
    assert (finding.cause, finding.policy) == ("list-granted-on-objects", policy)


@pytest.mark.parametrize("kind", ["inline", "attached"])
def test_the_policies_of_a_role_are_read_with_its_session(account: Account, kind: str) -> None:
    _, caller = account.user({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    name, policy = account.new_name("role"), account.new_name("of-role")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account.box.world.account_id}}
    arn = account.iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
    account.iam.put_role_policy(RoleName=name, PolicyName="look", PolicyDocument=_document(MAY_LOOK))
    text = _document(account.denies_reading)
    if kind == "inline":
        account.iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)
    else:
        managed = account.iam.create_policy(PolicyName=policy, PolicyDocument=text)["Policy"]["Arn"]
        account.iam.attach_role_policy(RoleName=name, PolicyArn=managed)
    answer = account.sts(caller).assume_role(RoleArn=arn, RoleSessionName="try")
    lent = answer["Credentials"]
    access = UserAccess(lent["AccessKeyId"], Secret(lent["SecretAccessKey"]), Secret(lent["SessionToken"]))
    finding = account.look(access, answer["AssumedRoleUser"]["Arn"]).findings[Operation.READ]
    assert (finding.cause, finding.policy) == ("explicit-deny-identity-policy", policy)


def test_what_a_user_may_not_look_at_is_left_out_silently(account: Account) -> None:
    name, key = account.user(account.lists_objects)
    assert account.look_as(name, key) == IamFindings()


def test_while_some_policies_cannot_be_read_only_a_deny_is_proof(account: Account) -> None:
    """Another policy, unread, may be the one that nearly allows it."""
    half: Document = {
        "Effect": "Allow",
        "Action": ["iam:ListUserPolicies", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"],
        "Resource": "*",
    }
    name, key = account.user(half, account.lists_objects, account.denies_reading)
    assert set(account.look_as(name, key).findings) == {Operation.READ}


def test_a_key_and_a_policy_of_the_bucket_are_found(account: Account) -> None:
    bucket = account.new_name("vault")
    account.s3.create_bucket(
        Bucket=bucket,
        CreateBucketConfiguration={"LocationConstraint": account.box.region},  # type: ignore[typeddict-item]
    )
    rule: Any = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/vault"}}
    account.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    deny = {
        "Sid": "NoWrites",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    account.s3.put_bucket_policy(Bucket=bucket, Policy=_document(deny))
    # moto asks for s3:ListBucket where AWS asks for s3:GetEncryptionConfiguration.
    name, key = account.user({"Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket"], "Resource": "*"})
    principal = account.iam.get_user(UserName=name)["User"]["Arn"]
    target = Target(location=S3Location(bucket, "in/"), access=key, endpoint_url=account.box.s3_url)
    found = look_at_iam(_clients(), key, principal, target, account.box.region, stopped=_never)
    assert found.kms_key == "alias/vault"
    assert set(found.bucket_policy) == {Operation.WRITE}
    assert "NoWrites" in found.bucket_policy[Operation.WRITE]


# On a server that speaks IAM's query protocol, and says what it is told to

ARN = "arn:aws:iam::111122223333:user/people/ann"
SESSION = "arn:aws:sts::111122223333:assumed-role/lightly/try"
ACCESS = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("canary-secret-key"), Secret("canary-session-token"))
LOCATION = S3Location("datalake", "projects/farm/")

Answer = tuple[int, bytes] | None
"""Status and body; None hangs up without one."""

REFUSED = (403, b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")


@dataclass(slots=True)
class Scripted:
    """What a server is to answer by the name of the action, and what it was asked."""

    url: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    otherwise: Answer = REFUSED
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None

    @property
    def calls(self) -> list[str]:
        return [action for action, _ in self.seen]


def _s3_call(query: Mapping[str, str]) -> str:
    return next(
        (
            name
            for mark, name in (
                ("encryption", "GetBucketEncryption"),
                ("policy", "GetBucketPolicy"),
                ("policyStatus", "GetBucketPolicyStatus"),
                ("publicAccessBlock", "GetPublicAccessBlock"),
                ("acl", "GetBucketAcl"),
            )
            if mark in query
        ),
        "?",
    )


@contextmanager
def _serving(script: Scripted) -> Iterator[Scripted]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            text = body if self.command == "POST" else urlsplit(self.path).query
            form = {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
            action = form.get("Action") or _s3_call(form)
            script.seen.append((action, form))
            script.before(action)
            answer = script.answers.get(action, script.otherwise)
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        do_GET = do_POST = _any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _look(
    script: Scripted,
    principal: str = ARN,
    *required: Operation,
    stopped: Callable[[], bool] = _never,
    role: DelegatedAccess | None = None,
    location: S3Location = LOCATION,
    region: str | None = "eu-central-1",
) -> IamFindings:
    target = Target(
        location=location, access=ACCESS, endpoint_url=script.url, required=required or OPERATIONS, role=role
    )
    return look_at_iam(_clients(), ACCESS, principal, target, region, stopped=stopped)


def _answered(action: str, result: str) -> tuple[int, bytes]:
    text = (
        f'<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{action}Result>{result}</{action}Result>'
        f"<ResponseMetadata><RequestId>f3d5-17</RequestId></ResponseMetadata></{action}Response>"
    )
    return 200, text.encode()


def _simulated(action: str, decision: str, more: str = "", specific: str = "") -> tuple[int, bytes]:
    """Answer as IAM does of late: the resource that was asked for stands in the part of its own only."""
    result = (
        "<IsTruncated>false</IsTruncated><EvaluationResults><member>"
        f"<EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>"
        f"<EvalResourceName>arn:${{Partition}}:s3:::${{BucketName}}</EvalResourceName>{more}"
        "<ResourceSpecificResults><member><EvalResourceName>arn:aws:s3:::datalake</EvalResourceName>"
        f"<EvalResourceDecision>{decision}</EvalResourceDecision>{specific}</member></ResourceSpecificResults>"
        "</member></EvaluationResults>"
    )
    return _answered("SimulatePrincipalPolicy", result)


def _simulation_of(
    decision: str, more: str = "", specific: str = "", operation: Operation = Operation.LIST
) -> tuple[Light, Scripted]:
    answers = {"SimulatePrincipalPolicy": _simulated(operation.action, decision, more, specific)}
    with _serving(Scripted(answers=answers)) as script:
        lights = _look(script, ARN, operation).simulated
    return next(light for light in lights if light.operation is operation), script


def _matched(source: str) -> str:
    return f"<MatchedStatements><member><SourcePolicyId>{escape(source)}</SourcePolicyId></member></MatchedStatements>"


NOT_BY_ORGANIZATION = (
    "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>"
)
NOT_BY_BOUNDARY = (
    "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>"
    "</PermissionsBoundaryDecisionDetail>"
)
MISSING = "<MissingContextValues><member>aws:SourceIp</member></MissingContextValues>"


def test_what_the_simulator_allows_is_green_from_its_own_viewpoint() -> None:
    light, _ = _simulation_of("allowed")
    assert (light.state, light.viewpoint, light.required) == (State.GREEN, Viewpoint.SIMULATED, True)
    assert light.cause is None
    assert "bucket's policy" in light.summary  # which the simulator does not know
    assert light.evidence is not None
    assert (light.evidence.call, light.evidence.code) == ("SimulatePrincipalPolicy", "allowed")
    assert (light.evidence.status, light.evidence.request_id) == (200, "f3d5-17")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_no_policy_allows_is_red_with_the_statement_to_add(operation: Operation) -> None:
    light, _ = _simulation_of("implicitDeny", operation=operation)
    assert (light.state, light.cause) == (State.RED, "denied-identity-policy")
    assert light.paste is not None
    assert operation.action in light.paste
    assert "user people/ann (account 111122223333)" in light.summary
    assert light.fix
    assert light.link


def test_an_explicit_deny_is_red_and_names_the_policy() -> None:
    source = "arn:aws:iam::111122223333:policy/no-reading"
    light, _ = _simulation_of("explicitDeny", specific=_matched(source))
    assert (light.state, light.cause) == (State.RED, "explicit-deny-identity-policy")
    assert source in light.summary
    assert light.fix


@pytest.mark.parametrize(
    ("above", "in_its_part", "cause"),
    [
        (NOT_BY_ORGANIZATION, "", "service-control-policy"),
        (NOT_BY_BOUNDARY, "", "permissions-boundary"),
        ("", NOT_BY_BOUNDARY, "permissions-boundary"),
        (NOT_BY_ORGANIZATION, NOT_BY_BOUNDARY, "service-control-policy"),
    ],
)
@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
def test_an_organization_and_a_boundary_are_told_apart(above: str, in_its_part: str, cause: str, decision: str) -> None:
    light, _ = _simulation_of(decision, above, in_its_part)
    assert (light.state, light.cause) == (State.RED, cause)
    assert light.fix


@pytest.mark.parametrize("place", ["above", "in its part"])
@pytest.mark.parametrize("decision", ["allowed", "implicitDeny", "explicitDeny"])
def test_what_depends_on_something_unknown_is_not_proven(place: str, decision: str) -> None:
    light, _ = _simulation_of(decision, *((MISSING, "") if place == "above" else ("", MISSING)))
    assert light.state is State.UNKNOWN
    assert light.cause


def test_a_decision_that_is_not_known_proves_nothing() -> None:
    assert _simulation_of("maybe")[0].state is State.UNKNOWN


def test_what_is_not_required_is_off_and_not_asked() -> None:
    answers = {"SimulatePrincipalPolicy": _simulated("s3:GetObject", "allowed")}
    with _serving(Scripted(answers=answers)) as script:
        lights = _look(script, ARN, Operation.READ).simulated
    assert [(light.operation, light.state) for light in lights] == [
        (Operation.LIST, State.OFF),
        (Operation.READ, State.GREEN),
        (Operation.WRITE, State.OFF),
    ]
    assert script.calls.count("SimulatePrincipalPolicy") == 1


def test_the_simulator_is_asked_what_lightly_would_ask() -> None:
    asked = [_simulation_of("allowed", operation=operation)[1].seen[-1][1] for operation in OPERATIONS]
    assert [form["ActionNames.member.1"] for form in asked] == ["s3:ListBucket", "s3:GetObject", "s3:PutObject"]
    resources = [form["ResourceArns.member.1"] for form in asked]
    assert resources[0] == "arn:aws:s3:::datalake"
    assert resources[1].startswith("arn:aws:s3:::datalake/projects/farm/")
    assert resources[2].startswith("arn:aws:s3:::datalake/projects/farm/.lightly/")
    assert all(form["PolicySourceArn"] == ARN for form in asked)
    contexts = [
        {form[name]: form[name.replace("KeyName", "KeyValues.member.1")] for name in form if name.endswith("KeyName")}
        for form in asked
    ]
    assert [context.get("s3:prefix") for context in contexts] == ["projects/farm/", None, None]
    assert all(context["aws:RequestedRegion"] == "eu-central-1" for context in contexts)


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), (None, "aws")]
)
def test_resources_are_those_of_the_buckets_partition(region: str | None, partition: str) -> None:
    with _serving(Scripted(answers={"SimulatePrincipalPolicy": _simulated("s3:ListBucket", "allowed")})) as script:
        _look(script, ARN, Operation.LIST, region=region)
    assert script.seen[-1][1]["ResourceArns.member.1"] == f"arn:{partition}:s3:::datalake"


def test_a_simulator_that_refuses_is_not_asked_again() -> None:
    with _serving(Scripted()) as script:
        assert _look(script).simulated == ()
    assert script.calls.count("SimulatePrincipalPolicy") == 1


def _role_source(role: DelegatedAccess | None, answers: Mapping[str, Answer]) -> tuple[str | None, list[str]]:
    known = {"SimulatePrincipalPolicy": _simulated("s3:ListBucket", "allowed"), **answers}
    with _serving(Scripted(answers=known)) as script:
        _look(script, SESSION, Operation.LIST, role=role)
    return script.seen[-1][1].get("PolicySourceArn"), script.calls


def test_the_simulator_is_asked_about_the_role_of_a_session_with_its_path() -> None:
    arn = "arn:aws:iam::111122223333:role/service/lightly"
    role = (
        f"<Role><Path>/service/</Path><RoleName>lightly</RoleName><RoleId>AROA</RoleId><Arn>{arn}</Arn>"
        "<CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>"
    )
    assert _role_source(None, {"GetRole": _answered("GetRole", role)})[0] == arn


def test_the_role_of_the_dataset_is_simulated_also_where_it_may_not_be_looked_up() -> None:
    arn = "arn:aws:iam::111122223333:role/service/lightly"
    source, calls = _role_source(DelegatedAccess(arn, Secret("an-external-id")), {})
    assert source == arn
    assert calls.count("GetRole") == 1


def test_a_role_whose_path_is_not_told_is_not_simulated() -> None:
    assert "SimulatePrincipalPolicy" not in _role_source(None, {})[1]


USER_CALLS = [
    *("ListUserPolicies", "ListAttachedUserPolicies", "ListGroupsForUser"),
    *("ListAccessKeys", "SimulatePrincipalPolicy"),
]
ROLE_CALLS = ["ListRolePolicies", "ListAttachedRolePolicies", "GetRole"]
BUCKET_CALLS = ["GetBucketEncryption", "GetBucketPolicy", "GetBucketPolicyStatus", "GetPublicAccessBlock"]


@pytest.mark.parametrize(
    ("principal", "calls"),
    [
        (ARN, BUCKET_CALLS + USER_CALLS),
        (SESSION, BUCKET_CALLS + ROLE_CALLS),
        ("arn:aws:iam::111122223333:root", BUCKET_CALLS),
        ("arn:aws:sts::111122223333:federated-user/ann", BUCKET_CALLS),
        ("not an arn", BUCKET_CALLS),
    ],
)
def test_who_has_no_policies_is_not_asked_about(principal: str, calls: list[str]) -> None:
    with _serving(Scripted()) as script:
        found = _look(script, principal)
    assert dataclasses.replace(found, notes=()) == IamFindings()
    assert [note.cause for note in found.notes] == (["root-credentials"] if principal.endswith(":root") else [])
    assert script.calls == calls


def test_a_directory_bucket_is_not_looked_at() -> None:
    with _serving(Scripted()) as script:
        assert _look(script, location=S3Location("fast--euc1-az1--x-s3", "a/")) == IamFindings()
    assert script.calls == []


PAGE = b"<html><body><p>Welcome to the hotel<br></body></html>"


@pytest.mark.parametrize(
    "answer",
    [None, (200, PAGE), (200, b'{"no": "xml"}'), (403, PAGE), (502, PAGE)],
    ids=["hangs up", "page", "json", "portal", "gateway"],
)
def test_no_second_request_goes_where_iam_is_not(answer: Answer) -> None:
    with _serving(Scripted(otherwise=answer)) as script:
        assert _look(script) == IamFindings()
    assert script.calls == [*BUCKET_CALLS, "ListUserPolicies"]


def test_an_iam_that_cannot_be_reached_leaves_what_the_bucket_says() -> None:
    encrypted = (
        b'<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule>'
        b"<ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
        b"</Rule></ServerSideEncryptionConfiguration>"
    )
    with _serving(Scripted(answers={"GetBucketEncryption": (200, encrypted)}, otherwise=None)) as script:
        assert _look(script) == IamFindings(kms_key="alias/aws/s3")


def _s3_error(code: str, status: int = 404) -> tuple[int, bytes]:
    return status, f"<Error><Code>{code}</Code><Message>as told</Message></Error>".encode()


IGNORES = b"<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls></PublicAccessBlockConfiguration>"


def _settings(**answers: Answer) -> tuple[BucketSettings, list[str]]:
    with _serving(Scripted(answers=answers)) as script:
        client = _clients().s3(ACCESS, region="eu-central-1", endpoint_url=script.url)
        return bucket_settings(client, "datalake", _never), script.calls


def test_that_a_bucket_has_no_policy_and_blocks_nothing_is_known_where_s3_says_so() -> None:
    found, calls = _settings(
        GetBucketPolicy=_s3_error("NoSuchBucketPolicy"),
        GetPublicAccessBlock=_s3_error("NoSuchPublicAccessBlockConfiguration"),
    )
    assert found == BucketSettings(has_no_policy=True, blocked=frozenset())
    assert "GetBucketPolicyStatus" not in calls


ACL = b"""<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>1</ID></Owner>
<AccessControlList>
<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>1</ID></Grantee>
<Permission>FULL_CONTROL</Permission></Grant>%b</AccessControlList></AccessControlPolicy>"""
GROUP = b"""<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
<URI>%b</URI></Grantee><Permission>READ</Permission></Grant>"""


@pytest.mark.parametrize(
    ("groups", "known"),
    [
        ([ALL_USERS], {ALL_USERS}),
        ([AWS_USERS, ALL_USERS], {ALL_USERS, AWS_USERS}),
        (["http://acs.amazonaws.com/groups/s3/LogDelivery"], set()),
        ([], set()),
    ],
)
def test_whom_a_buckets_acl_lets_in_is_read_where_nothing_ignores_it(groups: list[str], known: set[str]) -> None:
    acl = ACL % b"".join(GROUP % group.encode() for group in groups)
    found, _ = _settings(
        GetPublicAccessBlock=_s3_error("NoSuchPublicAccessBlockConfiguration"), GetBucketAcl=(200, acl)
    )
    assert found.acl_groups == frozenset(known)


@pytest.mark.parametrize("answer", [_s3_error("AccessDenied", 403), (200, b"<html>"), None])
def test_an_acl_that_is_not_told_is_not_known(answer: Answer) -> None:
    found, calls = _settings(
        GetPublicAccessBlock=_s3_error("NoSuchPublicAccessBlockConfiguration"), GetBucketAcl=answer
    )
    assert found.acl_groups is None
    assert "GetBucketAcl" in calls


@pytest.mark.parametrize("block", [(200, IGNORES), _s3_error("AccessDenied", 403)])
def test_an_acl_that_is_ignored_or_may_be_is_not_asked_for(block: Answer) -> None:
    found, calls = _settings(GetPublicAccessBlock=block)
    assert found.acl_groups is None
    assert "GetBucketAcl" not in calls


def test_what_a_bucket_blocks_and_whether_it_is_public_is_read() -> None:
    block = (
        b"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>"
        b"<RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
    )
    found, _ = _settings(
        GetBucketPolicy=(200, b'{"Statement": []}'),
        GetBucketPolicyStatus=(200, b"<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>"),
        GetPublicAccessBlock=(200, block),
    )
    assert found == BucketSettings(policy='{"Statement": []}', public=True, blocked=frozenset({"BlockPublicAcls"}))


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "MethodNotAllowed", "NotImplemented"])
def test_what_a_bucket_does_not_tell_is_not_known(code: str) -> None:
    refused = dict.fromkeys(("GetBucketPolicy", "GetBucketPolicyStatus", "GetPublicAccessBlock"), _s3_error(code, 403))
    assert _settings(**refused)[0] == BucketSettings()


def test_a_role_that_may_not_be_assumed_from_here_is_asked_about_by_its_own_name() -> None:
    arn = "arn:aws:iam::111122223333:role/service/lightly"
    with _serving(Scripted()) as script:
        _look(script, arn, role=DelegatedAccess(arn, Secret("an-external-id")))
    names = {form["RoleName"] for _, form in script.seen if "RoleName" in form}
    assert names == {"lightly"}


@pytest.mark.parametrize("last", [*BUCKET_CALLS, *USER_CALLS[:4]])
def test_nothing_is_asked_once_it_is_to_stop(last: str) -> None:
    """Even while an answer is waited for: the server holds it back until the check is over."""
    over, asked = threading.Event(), threading.Event()
    go = threading.Event()

    def hold(action: str) -> None:
        if action == last:
            asked.set()
            go.wait()

    with _serving(Scripted(before=hold)) as script:
        ended = threading.Event()

        def run() -> None:
            _look(script, stopped=over.is_set)
            ended.set()

        threading.Thread(target=run, daemon=True).start()
        asked.wait()
        over.set()
        go.set()
        ended.wait()
    assert script.calls[-1] == last


def test_no_request_goes_out_when_it_is_over_already() -> None:
    with _serving(Scripted()) as script:
        assert _look(script, stopped=lambda: True) == IamFindings()
    assert script.calls == []


def _policies_of(names: list[str], *, truncated: bool = False) -> dict[str, Answer]:
    listed = "".join(f"<member>{name}</member>" for name in names)
    end = f"<PolicyNames>{listed}</PolicyNames><IsTruncated>{str(truncated).lower()}</IsTruncated>"
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::datalake/*"},
        }
    )
    one = f"<UserName>ann</UserName><PolicyName>p</PolicyName><PolicyDocument>{escape(text)}</PolicyDocument>"
    return {
        "ListUserPolicies": _answered("ListUserPolicies", end),
        "GetUserPolicy": _answered("GetUserPolicy", one),
        "ListAttachedUserPolicies": _answered("ListAttachedUserPolicies", "<AttachedPolicies/>"),
        "ListGroupsForUser": _answered("ListGroupsForUser", "<Groups/>"),
    }


def test_a_policy_that_nearly_allows_is_named_where_all_could_be_read() -> None:
    with _serving(Scripted(answers=_policies_of(["one", "two"]))) as script:
        assert _look(script).findings[Operation.LIST].policy == "one"


def test_no_more_than_twenty_policies_are_read_and_then_nothing_is_concluded_from_what_they_lack() -> None:
    with _serving(Scripted(answers=_policies_of([f"p{number}" for number in range(30)]))) as script:
        assert _look(script).findings == {}
    assert MAX_POLICIES == 20
    assert script.calls.count("GetUserPolicy") <= MAX_POLICIES + 1


def test_a_list_that_goes_on_is_not_taken_for_the_whole() -> None:
    with _serving(Scripted(answers=_policies_of(["one"], truncated=True))) as script:
        assert _look(script).findings == {}


def test_what_a_server_puts_into_a_policy_does_not_steer_the_terminal() -> None:
    answers = _policies_of(["\x85one"])
    with _serving(Scripted(answers=answers)) as script:
        found = _look(script).findings[Operation.LIST]
    assert found.detail.isprintable()
    assert found.policy == " one"


def test_no_secret_is_in_what_was_found() -> None:
    with _serving(Scripted(answers={"SimulatePrincipalPolicy": _simulated("s3:ListBucket", "implicitDeny")})) as script:
        assert "canary" not in repr(_look(script))


@given(status=st.sampled_from([200, 204, 400, 403, 404, 500, 503]), body=st.binary(max_size=200))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_whatever_breaks_the_look_or_proves_anything(anything: Scripted, status: int, body: bytes) -> None:
    anything.otherwise = (status, b"" if status == 204 else body)
    assert _look(anything) == IamFindings()


@pytest.fixture(scope="module")
def anything() -> Iterator[Scripted]:
    with _serving(Scripted()) as script:
        yield script
