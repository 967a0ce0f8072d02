"""What the monkey fills in: ways through the whole guide, and the AWS profiles of its machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from rotation_stage import FastWaiter
from walker import World

import core.provision.waiting
from core.access import UserAccess
from core.sandbox import Sandbox
from tui.engine import Demo

__all__ = ["ADMINISTRATOR", "WAYS", "demo_of", "keys_made_in", "makers_of", "own_machine"]

ADMINISTRATOR = "sandbox-administrator"

Answers = dict[str, str | bool]

WAYS: Mapping[str, str] = {
    "the writer": "have",
    "a user made": "make",
    "a role handed over": "hand-over",
    "another output": "have",
    "a role made": "make",
    "a user handed over": "hand-over",
    "a role": "have",
    "a user for each place made": "make",
    "videos": "have",
    "the reader": "have",
}
"""Every way, and who makes user or role on it."""


def _begins(seed: int) -> int:
    return seed % len(WAYS)


def makers_of(seeds: list[int]) -> set[str]:
    """Return who makes it on the ways that monkeys with these seeds begin with."""
    return {list(WAYS.values())[_begins(seed)] for seed in seeds}


class _Waiter(FastWaiter):
    """Time that passes at once, in place of the real one."""

    def stop(self) -> None:
        self.stops = True


def own_machine(box: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine have the profile of the sandbox's administrator, and one of somebody who may do nothing in IAM.

    What waits for AWS does not wait.
    """
    path = folder / "aws"
    keys = {ADMINISTRATOR: box.admin, "nobody": box.reader}
    path.write_text(
        "\n".join(
            f"[{name}]\naws_access_key_id = {key.access_key_id}\n"
            f"aws_secret_access_key = {key.secret_access_key.reveal()}\nregion = {box.region}\n"
            for name, key in keys.items()
        )
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "no-config"))
    monkeypatch.setattr(core.provision.waiting, "RealWaiter", _Waiter)


def keys_made_in(box: Sandbox) -> Iterator[str]:
    """Every secret access key that a user of the sandbox has, whoever made it."""
    from moto.iam.models import iam_backends

    for user in list(iam_backends[box.world.account_id]["aws"].users.values()):
        for key in list(user.access_keys):
            yield key.secret_access_key


def demo_of(world: World, seed: int) -> Demo:
    """What Ctrl+T fills in: every way, beginning with the one of this seed."""
    sets = _sets(world)
    assert list(sets) == list(WAYS)
    assert {name: answers["maker"] for name, answers in sets.items()} == WAYS
    ways = [*sets.items()]
    return Demo(
        fill_ins=(*ways[_begins(seed) :], *ways[: _begins(seed)]),
        check_command="bucketlight check",
        lend=lambda _id, _key: None,
        profiles=(ADMINISTRATOR, "nobody"),
    )


def _key(access: UserAccess, beginning: str = "") -> Answers:
    return {
        f"{beginning}access_key_id": access.access_key_id,
        f"{beginning}secret_access_key": access.secret_access_key.reveal(),
    }


def _sets(world: World) -> dict[str, Answers]:
    """Both accesses, each there, made and handed over; the same and another output; videos; who may not write."""
    box, name = world.box, world.name
    there = box.world
    base: Answers = {
        "input_type": "Images",
        "thumbnails": True,
        "uri": world.uri,
        "access": "user",
        "maker": "have",
        "administrator_profile": ADMINISTRATOR,
        "made_name": f"{name}-m",
        "adopt": True,
        "account": there.account_id,
        "way": "typed",
        "where": "same",
        "name": f"{name}-a",
        "token": box.token.reveal(),
        "reuse": True,
        **_key(box.writer),
    }
    elsewhere: Answers = {
        "where": "elsewhere",
        "output_uri": f"s3://{there.output_bucket}/{there.output_prefix}",
        "credentials": "other",
        **_key(there.output, "output_"),
    }
    role: Answers = {
        "access": "delegated",
        "role_arn": there.role_arn,
        "another_external_id": True,
        "external_id": there.external_id.reveal(),
        "output_role_arn": there.role_arn,
        "name": f"{name}-r",
    }
    videos: Answers = {
        "input_type": "Videos",
        "uri": f"s3://{box.bucket}/{there.videos_prefix}",
        "name": f"{name}-v",
    }
    make: Answers = {"maker": "make", "name": f"{name}-m"}
    hand_over: Answers = {"maker": "hand-over"}
    return {
        "the writer": base,
        "a user made": base | make,
        "a role handed over": base | role | hand_over,
        "another output": base | elsewhere | {"name": f"{name}-o"},
        "a role made": base | role | make,
        "a user handed over": base | hand_over,
        "a role": base | role,
        "a user for each place made": base | elsewhere | {"credentials": "made"} | make,
        "videos": base | videos,
        "the reader": base | _key(box.reader),
    }
