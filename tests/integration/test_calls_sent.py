"""What an administrator's clients send, recorded: each request is in the catalogue, with who signs it and in which way.

And each entry of the catalogue is sent: in the runs below a user and a role are made, adopted, changed and taken back,
and a key is replaced.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import provision_stage
import pytest
import rotation_stage
from provision_stage import front_of, wanted

from core.access import AccessKind
from core.aws.call import Call, Stage, Whose
from core.aws.calls import CALLS
from core.aws.grants import Grant
from core.aws.session import Clients
from core.needs import OPERATIONS
from core.provision.looking import look_at
from core.provision.plan import KEY_TAG
from core.provision.refusals import Refusal
from core.provision.rotation.outcome import Rotated, WentBack
from core.provision.undo import Undone, UndoPlan, principals_of, undo, undo_plan_for
from core.provision.wanted import Wanted
from core.sandbox.sandbox import Sandbox
from core.store.secrets import MemorySecretStore

ADMINISTRATORS = tuple(call for call in CALLS if call.stage in {Stage.PLAN, Stage.MAKE, Stage.UNDO})
OWNER = "x-amz-expected-bucket-owner"

WAYS: Mapping[str, Callable[[Sent, Keys], bool]] = {
    "": lambda sent, keys: OWNER not in sent.headers,
    f"with `{OWNER}`": lambda sent, keys: sent.headers.get(OWNER) == keys.account_id,
    "whoever owns it": lambda sent, keys: OWNER not in sent.headers,
    "with the dataset's key": lambda sent, keys: sent.key_id in keys.of_datasets,
    "with the new key": lambda sent, keys: sent.key_id in keys.made,
}
"""What a request has to be like, for each way in which an administrator's request is sent."""


@dataclass(frozen=True)
class Sent:
    """A request as it was about to go out: who signs it, and its headers. `may_change`: from whose client it is."""

    service: str
    operation: str
    key_id: str | None
    headers: Mapping[str, str]
    may_change: bool


@dataclass(frozen=True)
class Keys:
    """Whose keys there are: the administrator's, those of datasets, and those that were made on the way."""

    account_id: str
    administrators: frozenset[str]
    of_datasets: frozenset[str]
    made: frozenset[str]

    def whose(self, key_id: str | None) -> Whose:
        if key_id in self.administrators:
            return Whose.ADMINISTRATOR
        return Whose.CHECKED if key_id in self.of_datasets | self.made else Whose.NOBODY


@dataclass(frozen=True)
class Record:
    sent: tuple[Sent, ...]
    keys: Keys

    def entries_of(self, sent: Sent) -> list[Call]:
        """Return what the catalogue has for a request."""
        return [call for call in ADMINISTRATORS if self.is_entry(call, sent)]

    def is_entry(self, call: Call, sent: Sent) -> bool:
        named = (call.service, call.operation) == (sent.service, sent.operation)
        return named and self.keys.whose(sent.key_id) in call.whose and WAYS[call.how](sent, self.keys)


def _watch(patch: pytest.MonkeyPatch, sent: list[Sent]) -> None:
    """Write down all that clients send: behind the gate, as the last that happens before it is signed."""
    make = Clients._make

    def watched(self: Clients, service: str, access: Any, *more: Any) -> Any:
        client = make(self, service, access, *more)
        key_id = access.access_key_id if access else None

        def note(model: Any, params: Any, **_: object) -> None:
            headers = {str(name).lower(): str(value) for name, value in params["headers"].items()}
            sent.append(Sent(service, model.name, key_id, headers, self._may_change))

        client.meta.events.register_last("before-call", note)
        return client

    patch.setattr(Clients, "_make", watched)


def _take_back(stage: provision_stage.Stage, dataset: str) -> None:
    found = look_at(
        stage.admin,
        principals_of(dataset),
        secrets=stage.secrets,
        journal=stage.journal,
        endpoint_url=stage.url,
        waiter=stage.clock,
    )
    assert not isinstance(found, Refusal), found
    plan = undo_plan_for(dataset, found, endpoint_url=stage.url)
    assert isinstance(plan, UndoPlan), plan
    assert isinstance(undo(plan, stage.admin, secrets=stage.secrets, journal=stage.journal, waiter=stage.clock), Undone)


def _document(action: str, **more: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **more}]})


def _make_and_take_back(stage: provision_stage.Stage) -> None:
    """Make a user and a role, once from nothing, once of what is there; ask for less; take all of it back."""
    limit = stage.iam("create_policy", PolicyName="limits", PolicyDocument=_document("s3:*", Resource="*"))
    arn = limit["Policy"]["Arn"]
    for dataset in ("made", "adopted"):
        both = tuple(
            wanted(stage.box, dataset, access, boundary_arn=arn if dataset == "adopted" else None)
            for access in (AccessKind.USER, AccessKind.DELEGATED)
        )
        if dataset == "adopted":
            user, role = both
            trust = _document("sts:AssumeRole", Principal={"AWS": stage.box.world.account_id})
            stage.iam("create_user", UserName=user.name)
            stage.iam("create_role", RoleName=role.name, AssumeRolePolicyDocument=trust)
        stage.make(*both, adopt=dataset == "adopted")
        stage.make(*(dataclasses.replace(each, grants=_less(each)) for each in both))
        _take_back(stage, dataset)


def _less(what: Wanted) -> tuple[Grant, ...]:
    return tuple(dataclasses.replace(grant, operations=OPERATIONS[:2]) for grant in what.grants)


def _look_at_foreign_buckets(box: Sandbox, folder: Path) -> None:
    """Plan for a bucket that answers, but not as the account's own."""
    with front_of(box.s3_url) as front:
        heads = iter([(403, b""), None])
        front.rules.append(lambda action, _: next(heads) if action == "HEAD" else None)
        refused = provision_stage.Stage.at(box, folder, url=front.url).plan(wanted(box, "foreign"))
    assert isinstance(refused, Refusal)


def _replace_a_key(stage: rotation_stage.Stage) -> set[str]:
    """Replace a key and go back, then replace it to the end. Return the keys that were made."""
    tags = {"Tags.member.1.Key": "created-by", "Tags.member.1.Value": "bucketlight"}
    tags |= {"Tags.member.2.Key": stage.key.access_key_id, "Tags.member.2.Value": KEY_TAG}
    stage.iam("TagUser", UserName=stage.user, **tags)
    dataset = stage.dataset("replaced")
    assert isinstance(stage.run(dataset), Rotated)
    made = set(stage.user_keys())
    assert isinstance(stage.run(dataset, back=True), WentBack)
    assert isinstance(stage.run(dataset, delete_old=True), Rotated)
    return made | set(stage.user_keys())


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    folder, sent = tmp_path_factory.mktemp("calls"), list[Sent]()
    with pytest.MonkeyPatch.context() as patch:
        rotation_stage.refuse_inactive_keys(patch)
        with Sandbox() as box:
            _watch(patch, sent)
            _make_and_take_back(provision_stage.Stage.at(box, folder))
            _look_at_foreign_buckets(box, folder)
            stage = rotation_stage.Stage(box, folder, MemorySecretStore())
            in_rotation = _replace_a_key(stage)
            old = frozenset({stage.key.access_key_id})
            admin = frozenset({box.admin.access_key_id})
            signers = {each.key_id for each in sent if each.key_id is not None}
            made = frozenset((signers | in_rotation) - admin - old)
            yield Record(tuple(sent), Keys(box.world.account_id, admin, old, made))


def test_each_request_of_an_administrators_client_is_in_the_catalogue_with_its_signer_and_its_way(
    record: Record,
) -> None:
    sent = [each for each in record.sent if each.may_change]
    assert sent
    assert [each for each in sent if not record.entries_of(each)] == []


@pytest.mark.parametrize("call", ADMINISTRATORS, ids=lambda call: f"{call.stage.name}-{call.operation}-{call.how}")
def test_each_entry_is_sent_by_an_administrators_client(record: Record, call: Call) -> None:
    assert any(record.is_entry(call, each) for each in record.sent if each.may_change)


def test_whatever_changes_something_is_signed_by_the_administrator(record: Record) -> None:
    changes = [each for each in record.sent if each.service == "iam" and not each.operation.startswith(("Get", "List"))]
    assert changes
    assert {record.keys.whose(each.key_id) for each in changes} == {Whose.ADMINISTRATOR}
    assert all(each.may_change for each in changes)


def test_the_administrators_key_signs_nothing_that_a_check_sends(record: Record) -> None:
    checked = {record.keys.whose(each.key_id) for each in record.sent if not each.may_change}
    assert Whose.ADMINISTRATOR not in checked
    assert Whose.CHECKED in checked
