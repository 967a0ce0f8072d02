"""botocore's description of the services is read once in a process, not again for each session.

It is megabytes of JSON that nobody changes; in tests, which make a session each, reading it was the larger part of
their time. A run that is a fork has what its parent had read.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore
from botocore.loaders import JSONFileLoader

__all__ = ["read_services_once"]

_load_file = JSONFileLoader.load_file


@cache
def _loaded(path: str) -> Any:
    return _load_file(JSONFileLoader(), path)


def _load_once(loader: JSONFileLoader, path: str) -> Any:
    ours = path.startswith(tuple(botocore.__path__))  # elsewhere (AWS_DATA_PATH, ~/.aws/models) a file may change
    return _loaded(path) if ours else _load_file(loader, path)


def read_services_once() -> None:
    """Do so from now on, in this process and its forks."""
    JSONFileLoader.load_file = _load_once  # type: ignore[method-assign, assignment]
