"""The answers to a setup that needs no person: a YAML file without secrets, and the secrets on standard input."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.access import Secret

if TYPE_CHECKING:
    from core.store.errors import StoreError
    from core.store.yaml_text import Document, Place

__all__ = ["SECRETS", "STEPS", "AnswersFile", "SecretsError", "read_answers", "read_secrets"]

SCHEMA = 1

_DEMANDED: dict[str, type[str] | type[bool]] = {"demanded": bool, "iam_path": str, "boundary_arn": str}

STEPS: dict[str, dict[str, type[str] | type[bool]]] = {
    "needs": {"input_type": str, "object_level": bool, "thumbnails": bool, "delete": bool},
    "bucket": {"uri": str, "region": str},
    "access": {"access": str, "maker": str},
    "make": {"administrator_profile": str, "made_name": str, **_DEMANDED, "account": str, "adopt": bool},
    "keys": {
        "way": str,
        "access_key_id": str,
        "key_file": str,
        "profile": str,
        "copy": bool,
        "own_output_access_key_id": str,
    },
    "role": {"role_arn": str, "own_output_role_arn": str, "another_external_id": bool},
    "output": {
        "where": str,
        "lightly_folder_only": bool,
        "output_uri": str,
        "output_region": str,
        "credentials": str,
        "output_access_key_id": str,
        "output_role_arn": str,
    },
    "limits": {
        "kms_key_arn": str,
        "output_kms_key_arn": str,
        "restricted": bool,
        "networks": str,
        "made_name": str,
        **_DEMANDED,
    },
    "dataset": {"name": str, "input_type": str, "thumbnails": bool, "reuse": bool},
    "next": {"worker": str},
}
"""What the file may hold: for each step of the guide the names of its fields, and what each is.

`maker` is have, make or hand-over. With make the user or role is made with the administrator's profile that is named,
and `account` is what a person types to agree to the plan: the ID of the account, in quotes. Where it is another one
nothing is made. With `demanded` user or role get the path and the permissions boundary that are named, or one of them.
"""

SECRETS = {
    "secret_access_key": "keys",
    "session_token": "keys",
    "own_output_secret_access_key": "keys",
    "code": "keys",
    "external_id": "role",
    "administrator_code": "make",
    "output_secret_access_key": "output",
    "output_external_id": "output",
    "token": "dataset",
}
"""What is given on standard input, and the step that it belongs to."""

_KINDS = {str: "text", bool: "true or false"}
_END = "..."


class SecretsError(ValueError):
    """Standard input is not as it should be. The sentence repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class AnswersFile:
    """The answers of a file, by step and field, and whether what looks odd is gone on with."""

    groups: dict[str, dict[str, str | bool]]
    accept_hints: bool = False


def read_answers(path: Path) -> AnswersFile:
    """Read the answers of a file.

    Raises:
        StoreError: with line and field, where there is none or it is not as it should be.
    """
    from core.store.errors import StoreError
    from core.store.files import read_text
    from core.store.yaml_text import YamlError, dotted, parse

    text = read_text(path)
    if text is None:
        raise StoreError(path, "There is no such file.")
    try:
        # A person has written this one: the mark of an end that programs write may be missing.
        document = parse(text if text.rstrip().endswith(_END) else f"{text}\n{_END}\n")
    except YamlError as error:
        raise StoreError(path, error.problem, line=error.line, field=dotted(error.place)) from None
    return _Reading(path, document).answers()


@dataclass(frozen=True, slots=True)
class _Reading:
    path: Path
    document: Document

    def error(self, problem: str, *place: str) -> StoreError:
        from core.store.errors import StoreError
        from core.store.yaml_text import dotted

        where: Place = place
        return StoreError(self.path, problem, line=self.document.line(where), field=dotted(where))

    def answers(self) -> AnswersFile:
        value = self.document.value
        if not isinstance(value, dict):
            raise self.error("The file holds no groups of answers. Begin with: schema: 1")
        if value.get("schema") is not None and value["schema"] != SCHEMA:
            raise self.error(f"This bucketlight reads schema {SCHEMA}.", "schema")
        if "schema" not in value or isinstance(value["schema"], bool):
            raise self.error(f"The file names no schema. Begin with: schema: {SCHEMA}")
        accept = value.get("accept_hints", False)
        if not isinstance(accept, bool):
            raise self.error("Write true or false.", "accept_hints")
        groups = {name: self._group(name, group) for name, group in value.items() if name not in _TOP}
        return AnswersFile(groups, accept)

    def _group(self, step: str, group: object) -> dict[str, str | bool]:
        self._refuse_secret(step)
        if step not in STEPS:
            raise self.error(f"There is no step of this name. The steps are {', '.join(STEPS)}.", step)
        if group is None:
            return {}
        if not isinstance(group, dict):
            raise self.error("A step holds a group of fields.", step)
        return {name: self._answer(step, name, answer) for name, answer in group.items()}

    def _answer(self, step: str, name: str, answer: object) -> str | bool:
        self._refuse_secret(step, name)
        kind = STEPS[step].get(name)
        if kind is None:
            raise self.error(f"This step has no such field. It has {', '.join(STEPS[step])}.", step, name)
        if isinstance(answer, bool) and kind is bool:
            return answer
        if isinstance(answer, str) and kind is str:
            return answer
        quotes = " Put it in quotes." if kind is str and isinstance(answer, int) else ""
        raise self.error(f"Write {_KINDS[kind]} here.{quotes}", step, name)

    def _refuse_secret(self, *place: str) -> None:
        name = place[-1]
        if name in SECRETS:
            raise self.error(
                f"A secret does not stand in this file. Remove it, and give it on standard input: {name}=…", *place
            )


_TOP = {"schema", "accept_hints"}


def read_secrets(lines: Iterable[str]) -> dict[str, dict[str, Secret]]:
    """Read the lines of standard input, `NAME=value`, into secrets by step and field.

    Raises:
        SecretsError: for a line that is none, a name that is not known or stands twice.
    """
    found: dict[str, dict[str, Secret]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        # A name that is not known is not repeated: where it was left out, it is the first part of a secret.
        name, equals, value = line.partition("=")
        step = SECRETS.get(name.strip())
        if not equals or step is None:
            names = ", ".join(SECRETS)
            raise SecretsError(f"Line {number} of standard input is not NAME=value with one of these names: {names}.")
        group = found.setdefault(step, {})
        if name.strip() in group:
            raise SecretsError(f"Line {number} of standard input gives {name.strip()} a second time. Keep one.")
        if not value.strip():
            raise SecretsError(f"Line {number} of standard input gives {name.strip()} no value.")
        group[name.strip()] = Secret(value.strip())
    return found
