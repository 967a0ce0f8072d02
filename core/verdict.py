"""What the platform itself finds when it tries a dataset's datasource: its own `verify`, as lights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .dataset import Dataset, Datasource, Purpose
from .lights.platform_view import platform_lights, platform_unknown
from .lights.states import Light
from .lights.threads import later
from .needs import Operation

if TYPE_CHECKING:
    from .lightly.client import LightlyClient

__all__ = ["Verdict", "ask_platform"]

Verdict = Callable[[Datasource, tuple[Operation, ...]], tuple[Light, ...]]
"""Makes the platform's lights of a datasource, for the operations that it must allow."""


def ask_platform(dataset: Dataset, client: Callable[[], LightlyClient | None]) -> Callable[[float], Verdict]:
    """Ask the platform on a daemon thread; the function returned waits for the verdict, for so many seconds."""
    verdict = later("verify", lambda: _verify(dataset, client))

    def wait(seconds: float) -> Verdict:
        try:
            return verdict(seconds)
        except TimeoutError:
            return _silent("platform-unreachable", "Lightly did not answer in time.")

    return wait


def _silent(cause: str, why: str, fix: str | None = None) -> Verdict:
    return lambda _datasource, required: platform_unknown(cause, required, why=why, fix=fix)


def _verify(dataset: Dataset, make_client: Callable[[], LightlyClient | None]) -> Verdict:
    from .lightly.errors import (
        ForbiddenError,
        LightlyError,
        NotLightlyError,
        PlatformFaultError,
        PlatformUnreachableError,
        ThrottledError,
        TokenRefusedError,
    )

    again = f"Run `bucketlight setup` for {dataset.name} again."
    try:
        client = make_client()
        if client is None:
            return _silent("platform-unauthorized", "there is no Lightly token at hand.")
        with client:
            answer = client.verify(dataset.dataset_id or "")
    except TokenRefusedError as error:
        return _silent("platform-unauthorized", str(error))
    except ForbiddenError as error:
        return _silent("platform-unauthorized", str(error), "Ask whom the dataset belongs to.")
    except (NotLightlyError, PlatformFaultError, PlatformUnreachableError, ThrottledError) as error:
        return _silent("platform-unreachable", str(error))
    except ValueError as error:
        return _silent("platform-unreachable", str(error), "Correct the address or the certificate file.")
    except LightlyError as error:
        return _silent("platform-untested", str(error), again)
    can = {Operation.LIST: answer.can_list, Operation.READ: answer.can_read, Operation.WRITE: answer.can_write}

    def lights(datasource: Datasource, required: tuple[Operation, ...]) -> tuple[Light, ...]:
        if datasource.purpose is Purpose.LIGHTLY:
            return platform_unknown("platform-untested", required)
        return platform_lights(can, answer.errors, required)

    return lights
