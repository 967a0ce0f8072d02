"""The form of `datasets.yaml`, schema 1, and the way between it and the values of `core.dataset`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from ..access import AccessKind, CredentialSource
from ..address import check_address
from ..dataset import Dataset, Datasource, Purpose, is_role_arn
from ..location import LocationError, S3Location
from ..needs import InputType, Needs
from .errors import StoreError
from .yaml_text import Document, Place, YamlError, dotted, parse, render

__all__ = ["SCHEMA", "decode", "encode"]

SCHEMA = 1

_COMMENT = "The datasets that bucketlight knows on this machine. No secret is kept in this file."
_KINDS = {
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
    "null": "nothing (null)",
    "array": "a list",
    "object": "a group of fields",
    "float": "a number",
}
_AT = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

_Choice = TypeVar("_Choice", bound=StrEnum)
_Found = TypeVar("_Found")


class _FieldError(Exception):
    def __init__(self, place: Place, problem: str) -> None:
        super().__init__(problem)
        self.place = place
        self.problem = problem


class _Needs(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    input_type: str
    object_level: bool = False
    thumbnails: bool = False
    delete: bool = False
    lightly_folder_only: bool = False


class _Datasource(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    purpose: str
    uri: str
    region: str
    access: str
    access_key_id: str | None = None
    endpoint_url: str | None = None
    kms_key_arn: str | None = None
    role_arn: str | None = None
    credentials: str


class _Dataset(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str
    platform_url: str
    dataset_id: str | None = None
    needs: _Needs
    restricted: bool = False
    datasources: list[_Datasource]


class _File(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    schema: int
    datasets: list[_Dataset]


def encode(datasets: Iterable[Dataset]) -> str:
    """Write datasets as the text of the file."""
    file = _File(schema=SCHEMA, datasets=[_written(dataset) for dataset in datasets])
    return render(msgspec.to_builtins(file), comment=_COMMENT)


def decode(text: str, path: Path) -> tuple[Dataset, ...]:
    """Read the text of the file at `path`.

    Raises:
        StoreError: with line and field, for the first thing in it that is not as it should be.
    """
    try:
        document = parse(text)
    except YamlError as error:
        raise StoreError(path, error.problem, line=error.line, field=dotted(error.place)) from None
    try:
        return _datasets(document)
    except _FieldError as error:
        line = document.line(error.place)
        raise StoreError(path, error.problem, line=line, field=dotted(error.place)) from None


def _written(dataset: Dataset) -> _Dataset:
    needs = dataset.needs
    return _Dataset(
        name=dataset.name,
        platform_url=dataset.platform_url,
        dataset_id=dataset.dataset_id,
        needs=_Needs(
            input_type=needs.input_type.value,
            object_level=needs.object_level,
            thumbnails=needs.thumbnails,
            delete=needs.delete,
            lightly_folder_only=needs.lightly_folder_only,
        ),
        restricted=dataset.restricted,
        datasources=[
            _Datasource(
                purpose=source.purpose.value,
                uri=source.location.uri,
                region=source.region,
                access=source.access.value,
                access_key_id=source.access_key_id,
                endpoint_url=source.endpoint_url,
                kms_key_arn=source.kms_key_arn,
                role_arn=source.role_arn,
                credentials=str(source.credentials),
            )
            for source in dataset.datasources
        ],
    )


def _datasets(document: Document) -> tuple[Dataset, ...]:
    _check_schema(document.value)
    try:
        file = msgspec.convert(document.value, _File)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from None
    found: dict[tuple[str, str], Dataset] = {}
    for number, each in enumerate(file.datasets):
        dataset = _dataset(each, ("datasets", number))
        key = (dataset.platform_url, dataset.name)
        if key in found:
            raise _FieldError(("datasets", number, "name"), "This dataset stands twice. Keep one of the two.")
        found[key] = dataset
    return tuple(found.values())


def _check_schema(value: object) -> None:
    if not isinstance(value, dict):
        raise _FieldError((), "The file is a group of fields, with schema and datasets.")
    schema = value.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise _FieldError(("schema",), f"The file has to say which form it has. It is: schema: {SCHEMA}")
    if schema > SCHEMA:
        raise _FieldError(
            ("schema",),
            f"A newer bucketlight wrote this file (schema {schema}, this one reads {SCHEMA}). Update bucketlight.",
        )


def _dataset(read: _Dataset, place: Place) -> Dataset:
    if not read.name.strip():
        raise _FieldError((*place, "name"), "A dataset has a name.")
    if not read.datasources:
        raise _FieldError((*place, "datasources"), "A dataset has at least one datasource.")
    _check_address(read.platform_url, (*place, "platform_url"))
    sources: dict[Purpose, Datasource] = {}
    for number, each in enumerate(read.datasources):
        here = (*place, "datasources", number)
        source = _datasource(each, here)
        if source.purpose in sources:
            raise _FieldError((*here, "purpose"), "A dataset has one datasource for each purpose.")
        sources[source.purpose] = source
    return Dataset(
        name=read.name,
        dataset_id=read.dataset_id,
        needs=Needs(
            input_type=_choice(InputType, read.needs.input_type, (*place, "needs", "input_type")),
            object_level=read.needs.object_level,
            thumbnails=read.needs.thumbnails,
            delete=read.needs.delete,
            lightly_folder_only=read.needs.lightly_folder_only,
        ),
        platform_url=read.platform_url,
        datasources=tuple(sources.values()),
        restricted=read.restricted,
    )


def _datasource(read: _Datasource, place: Place) -> Datasource:
    if read.endpoint_url is not None:
        _check_address(read.endpoint_url, (*place, "endpoint_url"))
    access = _choice(AccessKind, read.access, (*place, "access"))
    if read.role_arn is not None and not is_role_arn(read.role_arn):
        raise _FieldError((*place, "role_arn"), "The ARN of a role looks like arn:aws:iam::111122223333:role/NAME.")
    if access is AccessKind.DELEGATED and not read.role_arn:
        raise _FieldError((*place, "role_arn"), "Delegated access names its role: arn:aws:iam::111122223333:role/NAME.")
    return Datasource(
        purpose=_choice(Purpose, read.purpose, (*place, "purpose")),
        location=_location(read.uri, (*place, "uri")),
        region=read.region,
        access=access,
        access_key_id=read.access_key_id,
        credentials=_or(
            lambda: CredentialSource.parse(read.credentials),
            (*place, "credentials"),
            "This is one of: keyring, environment, profile NAME.",
        ),
        endpoint_url=read.endpoint_url,
        kms_key_arn=read.kms_key_arn,
        role_arn=read.role_arn,
    )


def _or(read: Callable[[], _Found], place: Place, problem: str) -> _Found:
    try:
        return read()
    except ValueError:
        raise _FieldError(place, problem) from None


def _choice(kind: type[_Choice], text: str, place: Place) -> _Choice:
    return _or(lambda: kind(text), place, f"This is one of: {', '.join(kind)}.")


def _location(uri: str, place: Place) -> S3Location:
    try:
        return S3Location.parse(uri)
    except LocationError as error:
        if error.usable is not None and error.usable.uri == uri:  # a bucket with an old name
            return error.usable
        meant = f" Perhaps: {error.suggestion}" if error.suggestion else ""
        raise _FieldError(place, f"{error}{meant}") from None


def _check_address(url: str, place: Place) -> None:
    """Refuse an address to which nothing may be sent, and one with a user or password in it."""
    try:
        check_address(url)
    except ValueError as error:
        raise _FieldError(place, str(error)) from None


def _explain(message: str) -> _FieldError:
    """Turn what msgspec says about a field into a sentence for people."""
    parts = _AT.fullmatch(message)
    what, path = (parts["what"], parts["path"]) if parts else (message, None)
    place: Place = tuple(int(number) if number else name for name, number in _STEP.findall(path or ""))
    if found := re.fullmatch(r"Object missing required field `(.+)`", what):
        return _FieldError((*place, found[1]), "This field is missing. Add it.")
    if found := re.fullmatch(r"Object contains unknown field `(.+)`", what):
        return _FieldError((*place, found[1]), "There is no such field. Correct its name or remove it.")
    if found := re.fullmatch(r"Expected `(.+)`, got `(.+)`", what):
        wanted = " or ".join(_KINDS.get(kind, kind) for kind in found[1].split(" | "))
        quotes = " Put it in double quotes." if "str" in found[1] and found[2] in {"int", "bool"} else ""
        return _FieldError(place, f"This has to be {wanted}, and is {_KINDS.get(found[2], found[2])}.{quotes}")
    return _FieldError(place, f"{what}.")
