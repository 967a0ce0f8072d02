"""Runs of provisioning, each in a process of its own that may be killed (SIGKILL) at one point of its way.

As a script it loads the program once and waits for orders, a line of JSON each; every run is a fork of it. A point is a
request that is about to be sent, or that was answered; a file of the journal, or a secret, before and after it is
written. The process kills itself there, so that not a single instruction follows.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from core.aws.session import Clients

__all__ = ["PID", "Ran", "Runs"]

PID = "pid"
"""The file in a run's home with its process ID."""


@dataclass(frozen=True)
class Ran:
    """How a run ended: `killed`, or with an outcome; and the points that it came by."""

    killed: bool
    outcome: str = ""
    points: tuple[str, ...] = field(default=())


class Runs:
    """The script, from the outside."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **self._environment},
            cwd=Path(__file__).parent,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def run(self, order: Mapping[str, Any], *, kill_at: str | None = None) -> Ran:
        """Run once."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({**order, "kill_at": kill_at}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ran(answer["killed"], answer.get("outcome", ""), tuple(answer.get("points", ())))


class _Points:
    """Counts where the run is, and ends the process at one of the points."""

    def __init__(self, kill_at: str | None) -> None:
        self._kill_at = kill_at
        self._seen: Counter[str] = Counter()
        self.passed: list[str] = []
        self.watching = False

    def pass_by(self, what: str) -> None:
        if not self.watching:
            return
        self._seen[what] += 1
        point = f"{what} {self._seen[what]}"
        self.passed.append(point)
        if point == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **more: Any) -> Any:
            self.pass_by(f"before {what}")
            answer = function(*args, **more)
            self.pass_by(f"after {what}")
            return answer

        return wrapped


def _clients(order: Mapping[str, Any]) -> Clients:
    """Make the administrator's clients; they connect later, in the fork."""
    from core.access import Secret, UserAccess
    from core.aws.session import Clients

    clients = Clients(may_change=True)
    admin = UserAccess(order["key"], Secret(order["secret"]))
    for region in ("eu-central-1", None):
        clients.iam(admin, region=region, endpoint_url=order["url"])
        clients.sts(admin, region=region, endpoint_url=order["url"])
    clients.s3(admin, region="eu-central-1", endpoint_url=order["url"])
    return clients


def _work(order: Mapping[str, Any], clients: Clients) -> dict[str, Any]:
    """Look, plan and apply (or take back, or roll back), as a command does."""
    import botocore.httpsession
    from provision_stage import Clock

    import core.provision.journal
    from core.access import AccessKind, Secret, UserAccess
    from core.aws.grants import Grant
    from core.console import resource_name
    from core.location import S3Location
    from core.needs import OPERATIONS
    from core.provision.apply import apply
    from core.provision.looking import look, look_at
    from core.provision.plan import plan_for
    from core.provision.refusals import Refusal, Stopped
    from core.provision.rollback import roll_back
    from core.provision.undo import undo, undo_plan_for
    from core.provision.wanted import Wanted
    from core.store.paths import Home
    from core.store.secrets import KeyringSecretStore

    points = _Points(order["kill_at"])
    (Path(order["home"]) / PID).write_text(str(os.getpid()))
    send = botocore.httpsession.URLLib3Session.send

    def sent(self: Any, request: Any) -> Any:
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        action = parse_qs(body).get("Action", [request.method])[0]
        return points.around(action, send)(self, request)

    botocore.httpsession.URLLib3Session.send = sent  # type: ignore[method-assign]
    monkey: Any = core.provision.journal
    monkey.write_text = points.around("the journal", monkey.write_text)
    secrets = KeyringSecretStore(timeout=30)
    secrets.put_made = points.around("the keyring", secrets.put_made)  # type: ignore[method-assign]
    home, clock = Home.at(Path(order["home"])), Clock()
    journal = core.provision.journal.Journal(home)
    admin = UserAccess(order["key"], Secret(order["secret"]))
    kind = AccessKind(order["access"])
    where = {"secrets": secrets, "journal": journal, "waiter": clock, "clients": clients}
    if order["task"] == "roll back":
        for entry in journal.unfinished():
            outcome: Any = roll_back(entry, admin, **where)  # type: ignore[arg-type]
            assert not isinstance(outcome, Stopped), outcome
        return {"outcome": "rolled back", "points": points.passed}
    if order["task"] == "undo":
        found = look_at(admin, [(kind, resource_name(order["dataset"]))], endpoint_url=order["url"], **where)  # type: ignore[arg-type]
        assert not isinstance(found, Refusal), found
        going = undo_plan_for(order["dataset"], found, endpoint_url=order["url"])
        if isinstance(going, Refusal):
            return {"outcome": going.cause, "points": points.passed}
        points.watching = True  # looking and planning change nothing
        outcome = undo(going, admin, **where)  # type: ignore[arg-type]
        return {"outcome": type(outcome).__name__, "points": points.passed}
    from datetime import date

    what = Wanted(
        access=kind,
        dataset=order["dataset"],
        grants=(Grant(location=S3Location(order["bucket"], "farm/"), operations=OPERATIONS, region="eu-central-1"),),
        external_id=Secret("lightly-0123456789abcdef0123456789abcdef") if kind is AccessKind.DELEGATED else None,
        made_on=date(2026, 11, 22),
    )
    seen = look(admin, [what], endpoint_url=order["url"], **where)  # type: ignore[arg-type]
    assert not isinstance(seen, Refusal), seen
    plan = plan_for([what], seen, endpoint_url=order["url"])
    assert not isinstance(plan, Refusal), plan
    points.watching = True
    outcome = apply(plan, admin, **where)  # type: ignore[arg-type]
    return {"outcome": type(outcome).__name__, "points": points.passed}


def _serve() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import botocore.session  # loaded once, for every fork
    import filelock
    import keyring
    from provision_stage import Clock

    import core.provision.apply
    import core.provision.rollback

    assert all((botocore.session, filelock, keyring, Clock, core.provision.apply, core.provision.rollback))
    clients: Clients | None = None
    for line in sys.stdin:
        order = json.loads(line)
        if clients is None:
            clients = _clients(order)
            gc.freeze()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            code = 1
            try:
                os.write(writer, json.dumps(_work(order, clients)).encode())
                code = 0
            finally:
                sys.stderr.flush()
                if code:
                    import traceback

                    traceback.print_exc()
                os._exit(code)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        answer = {"killed": killed} | (json.loads(said) if said else {"outcome": "killed" if killed else "crashed"})
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer to the test


if __name__ == "__main__":
    _serve()
