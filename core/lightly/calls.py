"""Every request that can go to the Lightly platform. The page `docs/requests.md` is made from it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CALLS", "Call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to the platform. `{id}` and `{name}` in the path stand for a dataset's.

    `sends` is what goes along beside the token; `leaves` is what remains of it, and `off` how it is switched off.
    """

    method: str
    path: str
    when: str
    sends: str = "nothing"
    leaves: str = "nothing"
    off: str


_STEP = "leave the setup before that step"

CALLS: tuple[Call, ...] = (
    Call(
        method="GET",
        path="/v1/datasets",
        when="In the setup, once a token was entered: one dataset is asked for, to see whether the token is taken.",
        sends="`shared`, `pageSize`, `pageOffset`",
        off=_STEP,
    ),
    Call(
        method="GET",
        path="/v1/datasets/query/name/{name}",
        when="In the setup, once a name was entered, and before a dataset is made: whether there is one of that name, "
        "of your own, shared with you, or of your team. Also after a creation whose answer was lost.",
        sends="the dataset's name, `exact`, `shared` or `getAssetsOfTeam`, `pageSize`, `pageOffset`",
        off=_STEP,
    ),
    Call(
        method="POST",
        path="/v1/datasets",
        when="On Save, after the page that lists everything. Never repeated by itself.",
        sends="the dataset's name and input type",
        leaves="the dataset",
        off="do not save",
    ),
    Call(
        method="PUT",
        path="/v1/datasets/{id}/datasource",
        when="On Save. And where a key is replaced: with the new one, all else as Lightly has it.",
        sends="the folder, the region, the access key ID **and the secret access key** (for a role its ARN and "
        "external ID), the KMS key, whether thumbnails are stored",
        leaves="Lightly keeps what it is sent",
        off="do not save, and replace no key",
    ),
    Call(
        method="GET",
        path="/v1/datasets/{id}/datasource/verify",
        when="At the end of Save, beside each check of a known dataset, and while a key is replaced: Lightly tries the "
        "bucket itself.",
        leaves="in the bucket: a small object of Lightly's own",
        off="`--no-platform`; in a change of keys it is how the new one is proven",
    ),
    Call(
        method="POST",
        path="/v1/docker/worker",
        when="In the setup's last step, where a worker is registered. Sent again where its answer was lost: a worker "
        "of the same name stays the one it is.",
        sends="the worker's name and labels",
        leaves="the worker in Lightly's list of workers",
        off="register none",
    ),
    Call(
        method="GET",
        path="/v1/datasets/{id}/datasource/all",
        when="A key is to be replaced: what Lightly knows of the dataset's folders, without secrets.",
        off="replace no key",
    ),
    Call(
        method="DELETE",
        path="/v1/datasets/{id}",
        when="A dataset is deleted.",
        leaves="the dataset is gone",
        off="no command sends it yet",
    ),
)
"""Every request, in the order in which a setup sends them."""
