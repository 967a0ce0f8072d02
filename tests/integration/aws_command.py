"""A stand-in for the `aws` command, driven by botocore's own models: a wrong service, operation or option fails.

It does what the command's user guide says of all commands: names in kebab case, JSON and `file://` as values, `--query`
and `--output`, errors on stderr with status 254, and 252 for what is not understood. Where the environment has
`AWS_COMMAND_LOG`, each call's arguments and environment are appended to that file.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import botocore.session
import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError


def misused(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise SystemExit(252)


def argument(text: str, kind: str) -> Any:
    """Read a value as the option's type wants it."""
    if text.startswith("file://"):
        text = Path(text.removeprefix("file://")).read_text()
    match kind:
        case "string" | "blob":
            return text
        case "integer" | "long":
            return int(text)
        case "list" | "structure" | "map":
            return json.loads(text)
    return misused(f"an option of type {kind} is beyond this stand-in")


def as_text(found: Any) -> str:
    """Write what `--output text` writes of a value, or of a list of values."""
    if isinstance(found, list):
        return "\t".join(map(as_text, found))
    assert not isinstance(found, dict), "no table is wanted here"
    return "None" if found is None else str(found)


def main(arguments: list[str]) -> int:
    if log := os.environ.get("AWS_COMMAND_LOG"):
        with Path(log).open("a") as file:
            file.write(json.dumps({"arguments": arguments, "environment": dict(os.environ)}) + "\n")
    if len(arguments) < 2:
        misused("aws SERVICE OPERATION [OPTIONS]")
    service, command, *rest = arguments
    session = botocore.session.get_session()
    if arguments[:2] == ["configure", "get"] and len(arguments) == 3:
        setting = session.get_scoped_config().get(arguments[2])
        sys.stdout.write(f"{setting}\n" if setting else "")
        return 0 if setting else 1
    if service == "s3" or service not in {*session.get_available_services(), "s3api"}:
        misused(f"no service {service}")  # `aws s3` has commands of its own
    service = service.removesuffix("api") if service == "s3api" else service
    model = session.get_service_model(service)
    operation = next((name for name in model.operation_names if xform_name(name, "-") == command), None)
    if operation is None:
        misused(f"{service} has no operation {command}")
    shape = model.operation_model(operation).input_shape
    members = (
        {f"--{xform_name(name, '-')}": (name, each.type_name) for name, each in shape.members.items()} if shape else {}
    )
    settings = {"--query": "", "--output": "json"}
    values: dict[str, Any] = {}
    if len(rest) % 2:
        misused(f"{rest[-1]} stands alone")
    for option, text in zip(rest[::2], rest[1::2], strict=True):
        if option in settings:
            settings[option] = text
        elif option in members:
            name, kind = members[option]
            values[name] = argument(text, kind)
        else:
            misused(f"Unknown options: {option}")
    client = session.create_client(service, region_name=os.environ.get("AWS_REGION", "us-east-1"))
    try:
        found = getattr(client, xform_name(operation))(**values)
    except (ClientError, BotoCoreError) as error:
        sys.stderr.write(f"\n{error}\n")
        return 254
    found.pop("ResponseMetadata")
    if settings["--query"]:
        found = jmespath.search(settings["--query"], found)
    if found or settings["--query"]:
        shown = as_text(found) if settings["--output"] == "text" else json.dumps(found, default=str)
        sys.stdout.write(f"{shown}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
