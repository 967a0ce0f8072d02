"""A small Lightly platform: the calls of its REST API that matter here, with their validation and error codes."""

from __future__ import annotations

import hmac
import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from ..access import Secret, UserAccess
from .platform_models import (
    AccessBody,
    DatasetBody,
    DatasetUpdateBody,
    DatasourceConfig,
    WorkerBody,
    masked,
)
from .server import Answer, HttpServer, Request
from .verify import verify

__all__ = ["PlatformServer", "RequestRecord"]

_VERSION = "1.5.0"
_LARGEST_PAGE = 5000
_ID = r"[a-f0-9]{24}"
_OWN_PURPOSES = ("INPUT_OUTPUT", "INPUT", "LIGHTLY")

Query = dict[str, str]
_Result = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A request that came in: the path is without its query, where the token is."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class _Call:
    """What a route is asked: the body, the query, and the id or name in the path (empty where there is none)."""

    body: bytes
    query: Query
    argument: str


class _RefusedError(Exception):
    """A request that the platform answers with an error."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


@dataclass(slots=True)
class _Dataset:
    id: str
    name: str
    owner: str
    kind: str
    image_kind: str | None
    parent: str | None
    created: int
    modified: int
    shared: bool = False
    team: bool = False
    datasources: dict[str, tuple[str, DatasourceConfig]] = field(default_factory=dict)
    access: dict[str, Any] | None = None

    def shown(self) -> dict[str, Any]:
        data = {
            "id": self.id,
            "name": self.name,
            "userId": self.owner,
            "accessType": "WRITE",
            "accessRole": "0b111111",
            "type": self.kind,
            "imgType": self.image_kind,
            "nSamples": 0,
            "sizeInBytes": 0,
            "datasources": [identity for identity, _ in self.datasources.values()],
            "parentDatasetId": self.parent,
            "createdAt": self.created,
            "lastModifiedAt": self.modified,
        }
        return {name: value for name, value in data.items() if value is not None}


def _now() -> int:
    """Return the time as the API has it: Unix milliseconds."""
    return time.time_ns() // 1_000_000


class PlatformServer:
    """The platform, serving from the moment it is made until `close`. It knows one user and one token.

    Attributes:
        token: the user's token.
        server: the HTTP server, for its address and its count of connections.
    """

    def __init__(self, aws_url: str, lightly: UserAccess, rng: Random, port: int = 0) -> None:
        """Serve. `verify` goes to `aws_url`; `lightly` is the principal that assumes roles there.

        Raises:
            OSError: where the port is taken.
        """
        self._aws_url = aws_url
        self._lightly = lightly
        self._rng = rng
        self._lock = threading.RLock()
        self._records: list[RequestRecord] = []
        self._datasets: dict[str, _Dataset] = {}
        self._workers: dict[str, dict[str, Any]] = {}
        self.token = Secret(f"{rng.getrandbits(160):040x}")
        self._user = self._new_id()
        self._routes = [(re.compile(pattern), method, handler) for method, pattern, handler in self._table()]
        self.server = HttpServer(self._answer, port)

    @property
    def url(self) -> str:
        """The platform's address."""
        return self.server.url

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        """Every request so far, oldest first."""
        with self._lock:
            return tuple(self._records)

    def close(self) -> None:
        """Stop serving. Closing twice is allowed."""
        self.server.close()

    def add_colleagues_dataset(self, name: str, *, shared: bool, team: bool) -> str:
        """Add a dataset that is not the user's own: shared with the user, of the team, or both. Returns its id."""
        with self._lock:
            return self._add(DatasetBody(name=name), self._new_id(), shared=shared, team=team)

    def _table(self) -> list[tuple[str, str, Callable[[_Call], _Result]]]:
        dataset = rf"/v1/datasets/({_ID})"
        return [
            ("POST", r"/v1/datasets", self._create_dataset),
            ("GET", r"/v1/datasets", self._list_datasets),
            ("GET", r"/v1/datasets/query/name/([^/]+)", self._find_datasets),
            ("GET", dataset, self._get_dataset),
            ("PUT", dataset, self._update_dataset),
            ("DELETE", dataset, self._delete_dataset),
            ("PUT", dataset + "/datasource", self._put_datasource),
            ("GET", dataset + "/datasource", self._get_datasource),
            ("GET", dataset + "/datasource/all", self._get_datasources),
            ("GET", dataset + "/datasource/verify", self._verify),
            ("GET", dataset + "/collaboration/access", self._get_access),
            ("POST", dataset + "/collaboration/access", self._replace_access),
            ("POST", r"/v1/docker/worker", self._register_worker),
            ("GET", r"/v1/docker/worker", self._list_workers),
            ("GET", r"/v1/versions/pip/(?:minimum|latest)", self._version),
        ]

    def _answer(self, request: Request) -> Answer:
        url = urlsplit(request.target)
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        try:
            status, content = self._respond(request, url.path, query)
        except _RefusedError as refusal:
            status = refusal.status
            content = {"code": refusal.code, "error": str(refusal), "requestId": secrets.token_hex(8)}
        with self._lock:
            self._records.append(RequestRecord(request.method, url.path, status))
        body = b"" if content is None else json.dumps(content).encode()
        return Answer(status, body, (("Content-Type", "application/json"),) if body else ())

    def _respond(self, request: Request, path: str, query: Query) -> _Result:
        if not path.startswith("/v1/versions/"):
            self._check_token(query)
        for pattern, method, handler in self._routes:
            if method == request.method and (found := pattern.fullmatch(path)):
                return handler(_Call(request.body, query, unquote(found[1]) if found.lastindex else ""))
        raise _RefusedError(404, "NOT_FOUND", f"There is no {request.method} {path}.")

    def _check_token(self, query: Query) -> None:
        token = query.get("token", "")
        if not hmac.compare_digest(token.encode(), self.token.reveal().encode()):
            raise _RefusedError(401, "UNAUTHORIZED", "The token is missing or not known.")

    def _new_id(self) -> str:
        with self._lock:
            return f"{self._rng.getrandbits(96):024x}"

    def _add(self, body: DatasetBody, owner: str, *, shared: bool = False, team: bool = False) -> str:
        now = _now()
        dataset = _Dataset(
            id=self._new_id(),
            name=body.name,
            owner=owner,
            kind=body.type,
            image_kind=body.imgType,
            parent=body.parentDatasetId,
            created=now,
            modified=now,
            shared=shared,
            team=team,
        )
        self._datasets[dataset.id] = dataset
        return dataset.id

    def _dataset(self, dataset_id: str) -> _Dataset:
        dataset = self._datasets.get(dataset_id)
        if dataset is None:
            raise _RefusedError(404, "DATASET_UNKNOWN", f"There is no dataset {dataset_id}.")
        return dataset

    def _check_name(self, name: str, but: str | None = None) -> None:
        taken = (
            dataset.id for dataset in self._datasets.values() if (dataset.name, dataset.owner) == (name, self._user)
        )
        if any(identity != but for identity in taken):
            raise _RefusedError(400, "DATASET_NAME_EXISTS", f"There is a dataset of the name {name} already.")

    def _create_dataset(self, call: _Call) -> _Result:
        body: DatasetBody = _decode(call, DatasetBody)
        with self._lock:
            self._check_name(body.name)
            if body.parentDatasetId:
                self._dataset(body.parentDatasetId)
            return 201, {"id": self._add(body, self._user)}

    def _list_datasets(self, call: _Call) -> _Result:
        return 200, self._page(self._visible(call.query), call.query)

    def _find_datasets(self, call: _Call) -> _Result:
        exact = _flag(call.query, "exact")
        found = [
            dataset
            for dataset in self._visible(call.query)
            if (dataset.name == call.argument if exact else call.argument.lower() in dataset.name.lower())
        ]
        return 200, self._page(found, call.query)

    def _visible(self, query: Query) -> list[_Dataset]:
        with self._lock:
            datasets = list(self._datasets.values())
        if _flag(query, "getAssetsOfTeamInclusiveSelf"):
            return [dataset for dataset in datasets if dataset.team or dataset.owner == self._user]
        if _flag(query, "getAssetsOfTeam"):
            return [dataset for dataset in datasets if dataset.team]
        if _flag(query, "shared"):
            return [dataset for dataset in datasets if dataset.shared]
        return [dataset for dataset in datasets if dataset.owner == self._user]

    def _page(self, datasets: list[_Dataset], query: Query) -> list[dict[str, Any]]:
        size = _number(query, "pageSize", _LARGEST_PAGE)
        offset = _number(query, "pageOffset", 0)
        return [dataset.shown() for dataset in datasets[offset : offset + size]]

    def _get_dataset(self, call: _Call) -> _Result:
        return 200, self._dataset(call.argument).shown()

    def _update_dataset(self, call: _Call) -> _Result:
        body: DatasetUpdateBody = _decode(call, DatasetUpdateBody)
        with self._lock:
            dataset = self._dataset(call.argument)
            self._check_name(body.name, but=dataset.id)
            dataset.name, dataset.modified = body.name, _now()
        return 200, None

    def _delete_dataset(self, call: _Call) -> _Result:
        with self._lock:
            del self._datasets[self._dataset(call.argument).id]
        return 200, None

    def _put_datasource(self, call: _Call) -> _Result:
        config: DatasourceConfig = _decode(call, DatasourceConfig)
        with self._lock:
            dataset = self._dataset(call.argument)
            identity, _ = dataset.datasources.get(config.purpose, (self._new_id(), None))
            dataset.datasources[config.purpose] = (identity, config)
            dataset.modified = _now()
        return 200, None

    def _config(self, dataset_id: str, purpose: str | None) -> DatasourceConfig:
        dataset = self._dataset(dataset_id)
        if purpose is not None and purpose not in _OWN_PURPOSES:
            raise _RefusedError(400, "MALFORMED_REQUEST", "query.purpose is not one of INPUT, LIGHTLY, INPUT_OUTPUT")
        for name in (purpose,) if purpose else _OWN_PURPOSES:
            if name in dataset.datasources:
                return dataset.datasources[name][1]
        raise _RefusedError(404, "DATASET_DATASOURCE_UNKNOWN", "The dataset has no such datasource.")

    def _get_datasource(self, call: _Call) -> _Result:
        return 200, masked(self._config(call.argument, call.query.get("purpose")))

    def _get_datasources(self, call: _Call) -> _Result:
        return 200, [masked(config) for _, config in self._dataset(call.argument).datasources.values()]

    def _verify(self, call: _Call) -> _Result:
        return 200, verify(self._config(call.argument, None), self._aws_url, self._lightly)

    def _get_access(self, call: _Call) -> _Result:
        access = self._dataset(call.argument).access
        return 200, [access] if access else []

    def _replace_access(self, call: _Call) -> _Result:
        body: AccessBody = _decode(call, AccessBody)
        with self._lock:
            dataset = self._dataset(call.argument)
            before = dataset.access or {"id": self._new_id(), "createdAt": _now()}
            dataset.access = before | {
                "owner": dataset.owner,
                "accessType": body.accessType,
                "users": body.users,
                "teams": body.teams,
                "lastModifiedAt": _now(),
            }
            return 201, {"id": dataset.access["id"]}

    def _register_worker(self, call: _Call) -> _Result:
        body: WorkerBody = _decode(call, WorkerBody)
        with self._lock:
            worker = self._workers.setdefault(
                body.name,
                {
                    "id": self._new_id(),
                    "name": body.name,
                    "workerType": body.workerType,
                    "state": "OFFLINE",
                    "createdAt": _now(),
                    "lastModifiedAt": _now(),
                    "labels": body.labels,
                },
            )
            return 201, {"id": worker["id"]}

    def _list_workers(self, _call: _Call) -> _Result:
        with self._lock:
            return 200, list(self._workers.values())

    def _version(self, _call: _Call) -> _Result:
        return 200, _VERSION


def _decode(call: _Call, body: Any) -> Any:
    try:
        return msgspec.json.decode(call.body, type=body)
    except msgspec.DecodeError as error:
        raise _RefusedError(400, "MALFORMED_REQUEST", f"request.body: {error}") from None


def _flag(query: Query, name: str) -> bool:
    value = query.get(name, "false").lower()
    if value not in {"true", "false"}:
        raise _RefusedError(400, "MALFORMED_REQUEST", f"query.{name} is neither true nor false")
    return value == "true"


def _number(query: Query, name: str, otherwise: int) -> int:
    value = query.get(name, str(otherwise))
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise _RefusedError(400, "MALFORMED_REQUEST", f"query.{name} is not a number from 0")
    return int(value)
