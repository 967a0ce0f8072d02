"""A dataset that exists as the answers of a setup: to go through it again, or to set up another like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..access import Access, AccessKind, DelegatedAccess, Secret, SourceKind, UserAccess
from ..dataset import Dataset, Datasource, Purpose
from .facts import Facts, RegionFound
from .keys_source import KeysFrom, KeysSource
from .requests import FindRegion
from .state import Answers, Given, Limits, Output, Position, State

__all__ = ["from_dataset"]


def from_dataset(dataset: Dataset, access: Mapping[Purpose, Access], given: Given, *, like: bool = False) -> State:
    """Return the setup of a dataset with every answer filled in, at its first step; each step is confirmed anew.

    `access` holds what the keyring keeps for it; what is missing there is asked for. With `like` it becomes another
    dataset: folder and name are asked for, the rest is as with this one. What is given on the command line about
    servers stands behind what the dataset says.
    """
    data = next(each for each in dataset.datasources if each.purpose is not Purpose.LIGHTLY)
    output = next((each for each in dataset.datasources if each.purpose is Purpose.LIGHTLY), None)
    given = replace(given, platform_url=dataset.platform_url, endpoint_url=data.endpoint_url or given.endpoint_url)
    if not like:
        given = replace(given, editing=dataset)
    kept = access.get(data.purpose)
    role = kept if isinstance(kept, DelegatedAccess) else None
    answers = Answers(
        given=given,
        needs=dataset.needs,
        location=None if like else data.location,
        access=_key(data, kept),
        access_kind=AccessKind.DELEGATED if data.access is AccessKind.DELEGATED else AccessKind.USER,
        keys_source=_source(data),
        stays=data.credentials.kind is not SourceKind.KEYRING,
        role_arn=data.role_arn,
        external_id=role.external_id if role else None,
        external_id_lost=data.role_arn is not None and role is None,
        output=_output(output, data, access),
        limits=Limits(
            kms_key_arn=None if like else data.kms_key_arn,
            output_kms_key_arn=output.kms_key_arn if output else None,
            restricted=dataset.restricted,
        ),
        name=None if like else dataset.name,
    )
    facts = Facts()
    for each in dataset.datasources:
        facts = facts.adding(FindRegion(each.location, given.endpoint_url), RegionFound(each.region, True))
    return State(answers, facts, Position("bucket" if like else "needs"))


def _key(source: Datasource, kept: Access | None) -> UserAccess | None:
    if isinstance(kept, UserAccess):
        return kept
    return UserAccess(source.access_key_id, Secret("")) if source.access_key_id else None


def _source(source: Datasource) -> KeysSource | None:
    if source.access is AccessKind.DELEGATED:
        return None
    if source.credentials.kind is SourceKind.PROFILE:
        return KeysSource(KeysFrom.PROFILE, source.credentials.profile or "")
    return KeysSource(KeysFrom.ENVIRONMENT) if source.credentials.kind is SourceKind.ENVIRONMENT else None


def _reached(source: Datasource) -> tuple[object, ...]:
    return source.access, source.access_key_id, source.role_arn, source.credentials


def _output(source: Datasource | None, data: Datasource, access: Mapping[Purpose, Access]) -> Output:
    if source is None:
        return Output()
    kept = access.get(Purpose.LIGHTLY)
    if _is_same(source, data, kept, access.get(data.purpose)):
        return Output(location=source.location)
    if kept:
        return Output(location=source.location, access=kept)
    if source.role_arn:
        return Output(
            location=source.location, access=DelegatedAccess(source.role_arn, Secret("")), external_id_lost=True
        )
    return Output(location=source.location, access=UserAccess(source.access_key_id or "", Secret("")))


def _is_same(source: Datasource, data: Datasource, kept: Access | None, kept_for_data: Access | None) -> bool:
    """Tell whether the output surely has the input's credentials: what is not known here is asked for."""
    if kept != kept_for_data or _reached(source) != _reached(data):
        return False
    named = source.access_key_id or source.role_arn
    return kept is not None or named is not None or source.credentials.kind is not SourceKind.KEYRING
