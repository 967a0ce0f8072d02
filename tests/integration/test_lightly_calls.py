"""The catalogue of the platform's calls holds what the client sends, and nothing else."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

from core.access import AccessKind, CredentialSource, Secret, SourceKind, UserAccess
from core.dataset import Datasource, Purpose
from core.lightly.calls import CALLS
from core.lightly.client import LightlyClient
from core.lightly.models import user_key_config
from core.location import S3Location
from core.needs import InputType
from core.sandbox import Sandbox

_DATASOURCE = Datasource(
    purpose=Purpose.INPUT,
    location=S3Location("datalake", "farm/"),
    region="eu-central-1",
    access=AccessKind.USER,
    access_key_id="AKIAIOSFODNN7EXAMPLE",
    credentials=CredentialSource(SourceKind.KEYRING),
)


def _configure(client: LightlyClient, dataset_id: str) -> None:
    access = UserAccess("AKIAIOSFODNN7EXAMPLE", Secret("x" * 40))
    client.configure_datasource(dataset_id, user_key_config(_DATASOURCE, access, thumbnails=True))


_USES: dict[str, Callable[[LightlyClient, str], object]] = {
    "try_token": lambda client, _: client.try_token(),
    "list_datasets": lambda client, _: client.list_datasets(),
    "find_dataset": lambda client, _: client.find_dataset("farm-animals"),
    "create_dataset": lambda client, _: client.create_dataset("another", InputType.IMAGES),
    "configure_datasource": _configure,
    "datasources": lambda client, dataset_id: client.datasources(dataset_id),
    "verify": lambda client, dataset_id: client.verify(dataset_id),
    "register_worker": lambda client, _: client.register_worker("farm-animals", ("gpu",)),
    "delete_dataset": lambda client, dataset_id: client.delete_dataset(dataset_id),
}
"""A use of each method of the platform's client, in an order in which each succeeds."""


def _pattern(path: str) -> str:
    return re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))


def test_every_method_of_the_platforms_client_is_tried_here() -> None:
    public = {name for name, _ in inspect.getmembers(LightlyClient, inspect.isfunction) if not name.startswith("_")}
    assert public - {"close"} == set(_USES)


def test_what_the_client_asks_of_the_platform_is_in_its_catalogue_and_nothing_else_is() -> None:
    with Sandbox() as box, LightlyClient(box.lightly_url, box.token) as client:
        dataset_id = client.create_dataset("farm-animals", InputType.IMAGES).dataset_id
        for use in _USES.values():
            use(client, dataset_id)
        sent = {(record.method, record.path) for record in box.platform.requests}
    entries = {(call.method, _pattern(call.path)) for call in CALLS}
    fits = {
        request: {entry for entry in entries if entry[0] == request[0] and re.fullmatch(entry[1], request[1])}
        for request in sent
    }
    assert [request for request, found in fits.items() if len(found) != 1] == []
    assert set().union(*fits.values()) == entries
