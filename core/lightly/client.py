"""The calls to the platform that a setup needs (Lightly API, v1)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import msgspec

from ..access import Secret
from ..needs import InputType
from .environment import proxy_from_environment
from .errors import (
    CreationUnknownError,
    DatasetUnknownError,
    DatasourceUnknownError,
    LightlyError,
    NameExistsError,
    NotLightlyError,
    PlatformFaultError,
    PlatformUnreachableError,
)
from .models import (
    CreateAnswer,
    CreatedDataset,
    DatasetData,
    DatasourceConfig,
    DatasourceData,
    NewDataset,
    NewWorker,
    Verification,
    VerifyAnswer,
)
from .redaction import tidy
from .refusals import Answer
from .rules import check_platform_url, dataset_name_problem, is_dataset_id, worker_name_problem
from .transport import MAX_ANSWER_BYTES, Transport

__all__ = ["LightlyClient"]

_DATASETS = "/v1/datasets"
_WORKERS = "/v1/docker/worker"
_PAGE_SIZE = 1000
_MAX_PAGES = 500
_OWN = {"shared": "false"}
_SHARED = {"shared": "true"}
_TEAM = {"getAssetsOfTeam": "true"}
# After a lost answer the platform may still be at work: it is asked again after so many seconds.
_LOOK_AGAIN = (0.0, 0.5, 1.5)

_T = TypeVar("_T")


class LightlyClient:
    """A client of one platform with one token. Several threads may use it at once.

    Each request connects within `connect_timeout` and hears something every `read_timeout` seconds; with its retries
    it ends within `retry_budget`, and its last read. `verify` may be silent for `verify_timeout`, since the platform
    asks S3 meanwhile. `wait` is called with the seconds before a retry; it returns True to give up.
    The proxy comes from the environment (ALL_PROXY, HTTPS_PROXY, HTTP_PROXY), and is never used for loopback.

    Raises:
        ValueError: a sentence, for an address, a token or a CA bundle that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        token: Secret,
        *,
        connect_timeout: float = 3.0,
        read_timeout: float = 7.0,
        verify_timeout: float = 12.0,
        retry_budget: float = 12.0,
        ca_bundle: str | None = None,
        page_size: int = _PAGE_SIZE,
        max_bytes: int = MAX_ANSWER_BYTES,
        wait: Callable[[float], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token = token
        self._page_size = page_size
        self._verify_timeout = verify_timeout
        self._transport = Transport(
            base_url,
            token,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retry_budget=retry_budget,
            ca_bundle=ca_bundle,
            proxy=proxy_from_environment(check_platform_url(base_url)),
            max_bytes=max_bytes,
            wait=wait,
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"LightlyClient({self._transport.base_url})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up waiting retries and close idle connections; a request under way goes on to its time-out."""
        self._transport.close()

    def try_token(self) -> None:
        """Ask for one dataset, to see whether the token is taken.

        Raises:
            TokenRefusedError: the platform said no to the token or its account.
            LightlyError: nothing is known about the token.
        """
        query = {**_OWN, "pageSize": "1", "pageOffset": "0"}
        self._decode(self._transport.call("GET", _DATASETS, query=query), list[DatasetData])

    def list_datasets(self) -> tuple[DatasetData, ...]:
        """Return the user's own datasets, those shared with the user, and the team's, each once, in this order.

        Raises:
            LightlyError: one of the lists could not be read whole.
        """
        found: dict[str, DatasetData] = {}
        for which in (_OWN, _SHARED, _TEAM):
            for dataset in self._pages(_DATASETS, which):
                found.setdefault(dataset.id, dataset)
        return tuple(found.values())

    def find_dataset(self, name: str) -> DatasetData | None:
        """Return the dataset of exactly this name: the user's own, else one that is shared, else one of the team.

        A name that the platform would not take is nobody's, and not asked for.

        Raises:
            LightlyError: it is not known whether there is one.
        """
        if dataset_name_problem(name) is not None:
            return None
        return next((found for which in (_OWN, _SHARED, _TEAM) for found in self._named(name, which)), None)

    def create_dataset(self, name: str, input_type: InputType) -> CreatedDataset:
        """Make a dataset, once: it is looked for by its name before, and also after an answer that was lost.

        Raises:
            ValueError: a sentence, for a name that the platform does not take.
            NameExistsError: the user has one of this name.
            CreationUnknownError: the answer was lost and the dataset is not to be seen (yet). Calling this again is
                safe.
            LightlyError: it was not made.
        """
        if problem := dataset_name_problem(name):
            raise ValueError(problem)
        for existing in self._named(name, _OWN):
            raise NameExistsError(name, existing.id)
        lost: LightlyError
        try:
            answer = self._transport.call("POST", _DATASETS, body=NewDataset(name=name, type=input_type))
            return CreatedDataset(dataset_id=self._decode(answer, CreateAnswer).id)
        except LightlyError as error:
            lost = error
        if lost.code == "DATASET_NAME_EXISTS":
            raise NameExistsError(name, self._existing_id(name), request_id=lost.request_id)
        if not _answer_lost(lost):
            raise lost
        return self._created_after_all(name, lost)

    def configure_datasource(self, dataset_id: str, config: DatasourceConfig) -> None:
        """Tell the platform how to reach a datasource of this purpose; it keeps what it is told, the secret too.

        Raises:
            DatasourceRefusedError: the platform does not take it.
            LightlyError: for everything else.
        """
        path = f"{self._path(dataset_id)}/datasource"
        self._done(self._transport.call("PUT", path, body=config, secrets=config.secrets, about_dataset=True))

    def datasources(self, dataset_id: str) -> tuple[DatasourceData, ...]:
        """Return what the platform knows of a dataset's datasources, without secrets; empty where there is none."""
        path = f"{self._path(dataset_id)}/datasource/all"
        try:
            answer = self._transport.call("GET", path, about_dataset=True)
        except DatasourceUnknownError:
            return ()
        return tuple(self._decode(answer, list[DatasourceData]))

    def verify(self, dataset_id: str) -> Verification:
        """Let the platform try what it can do with a dataset's datasource. What that leaves behind is its own.

        Raises:
            DatasourceUnknownError: the dataset has no datasource.
            LightlyError: there is no verdict.
        """
        path = f"{self._path(dataset_id)}/datasource/verify"
        answer = self._transport.call("GET", path, about_dataset=True, read_timeout=self._verify_timeout)
        said = self._decode(answer, VerifyAnswer)
        return Verification(
            can_list=said.can_list,
            can_read=said.can_read,
            can_write=said.can_write,
            can_overwrite=said.can_overwrite,
            errors={word: tidy(text, (self._token,)) for word, text in said.texts().items()},
        )

    def delete_dataset(self, dataset_id: str) -> None:
        """Delete a dataset.

        Raises:
            DatasetUnknownError: there was none.
            LightlyError: for everything else.
        """
        try:
            answer = self._transport.call("DELETE", self._path(dataset_id), about_dataset=True)
        except DatasetUnknownError as error:
            # Sent more than once, and gone now: the first time did it, and only its answer was lost.
            if error.attempts > 1:
                return
            raise
        self._done(answer)

    def register_worker(self, name: str, labels: tuple[str, ...] = ()) -> str:
        """Make a Lightly Worker known, and return its ID; one of the same name keeps the ID that it has.

        So it is sent again where an answer was lost, and calling this again is safe.

        Raises:
            ValueError: a sentence, for a name that the platform does not take.
            LightlyError: it is not known whether the worker is registered.
        """
        if problem := worker_name_problem(name):
            raise ValueError(problem)
        body = NewWorker(name=name, labels=labels)
        for pause in _LOOK_AGAIN[1:]:
            try:
                return self._registered(body)
            except LightlyError as error:
                if not _answer_lost(error) or self._transport.wait(pause):
                    raise
        return self._registered(body)

    def _registered(self, body: NewWorker) -> str:
        return self._decode(self._transport.call("POST", _WORKERS, body=body), CreateAnswer).id

    def _path(self, dataset_id: str) -> str:
        if not is_dataset_id(dataset_id):
            raise DatasetUnknownError(
                f"“{tidy(dataset_id, limit=40)}” is no ID of a dataset: correct it, or look it up by the name."
            )
        return f"{_DATASETS}/{dataset_id}"

    def _named(self, name: str, which: dict[str, str]) -> Iterator[DatasetData]:
        path = f"{_DATASETS}/query/name/{quote(name, safe='')}"
        return (found for found in self._pages(path, {**which, "exact": "true"}) if found.name == name)

    def _pages(self, path: str, query: dict[str, str]) -> Iterator[DatasetData]:
        """Read a list page by page; a page that is not full is the last (Lightly API, `pageSize`)."""
        seen: set[str] = set()
        for page in range(_MAX_PAGES):
            paging = {"pageSize": str(self._page_size), "pageOffset": str(page * self._page_size)}
            found = self._decode(self._transport.call("GET", path, query={**query, **paging}), list[DatasetData])
            new = [dataset for dataset in found if dataset.id not in seen]
            yield from new
            seen.update(dataset.id for dataset in new)
            # A full page with nothing new comes from a server that does not page.
            if len(found) < self._page_size or not new:
                return
        raise NotLightlyError(
            f"{self._transport.host} has a list of datasets that does not end: check the platform's address."
        )

    def _existing_id(self, name: str) -> str | None:
        try:
            return next((found.id for found in self._named(name, _OWN)), None)
        except LightlyError:
            return None

    def _created_after_all(self, name: str, lost: LightlyError) -> CreatedDataset:
        for pause in _LOOK_AGAIN:
            if pause and self._transport.wait(pause):
                break
            if (dataset_id := self._existing_id(name)) is not None:
                return CreatedDataset(dataset_id=dataset_id, answer_lost=True)
        raise CreationUnknownError(
            f"{self._transport.host} did not say whether it made the dataset “{name}”: try again in a minute, "
            "since it is looked for before another is made.",
            code=lost.code,
            status=lost.status,
            request_id=lost.request_id,
            said=lost.said,
        )

    def _decode(self, answer: Answer, kind: type[_T]) -> _T:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        raise self._odd(answer)

    def _done(self, answer: Answer) -> None:
        """See that an answer without content is the platform's: it is empty, or some JSON, but no page."""
        if answer.body.strip():
            self._decode(answer, msgspec.Raw)

    def _odd(self, answer: Answer) -> NotLightlyError:
        return NotLightlyError(
            f"{self._transport.host} answered, but not as the Lightly platform does: "
            "check the platform's address, and whether the network has a login page or a proxy.",
            status=answer.status,
        )


def _answer_lost(error: LightlyError) -> bool:
    """Tell whether a dataset or worker may have been made although that failed here."""
    if isinstance(error, PlatformUnreachableError):
        return error.arrived
    odd_success = isinstance(error, NotLightlyError) and error.status is not None and 200 <= error.status < 300
    return odd_success or isinstance(error, PlatformFaultError)
