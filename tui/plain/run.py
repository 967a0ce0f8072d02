"""Running a setup line by line in this process: how it begins, and how it ends whatever comes."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from core.guide.existing import from_dataset
from core.guide.flow import start
from core.store.errors import StoreError

from ..engine import build_engine
from ..run import _keep_memory_private
from ..setup_left import begin_anew, go_on_with, left_setups, resume
from .asking import Left, ask_all
from .console import Console, InputEndedError, OutputGoneError
from .seen import exit_code
from .session import Session
from .unattended import FAILED, Answered, StoppedError, answer_all

if TYPE_CHECKING:
    from core.dataset import Dataset
    from core.guide.state import Given, State

    from ..engine import Engine, Setting

__all__ = ["run_from_answers", "run_plain"]

_INTERRUPTED = 130
_ENDED = 2

_GOES_ON = "The setup is kept, without its secrets: `bucketlight setup --plain` goes on with it."
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_MEMORY = "No keyring can be used here: secrets stay in memory until this program ends."


class _EndedBySignal(BaseException):
    """Somebody ends the program: a closed terminal, or kill."""


class _NotBegunError(Exception):
    """The person would rather not begin."""


def run_plain(setting: Setting, *, like: Dataset | None = None) -> int:
    """Ask a person, and return the exit code.

    After Save it is that of `check`; 0 where the person left before, 2 where nobody answers, 130 after Ctrl+C.
    """

    def begin(console: Console, engine: Engine) -> Session:
        state = _state_before(console, engine, like)
        console.say("Type help at any question for the words that work there.")
        return Session(console, engine, state)

    return _run(setting, begin, ask_all)


def run_from_answers(setting: Setting, answered: Answered, *, like: Dataset | None = None) -> int:
    """Set up without a person, and return the exit code.

    That is the one of `check`; 1 where saving failed, or the last step after it; 2 where an answer is wanting. A setup
    that somebody has left is not touched.
    """

    def begin(console: Console, engine: Engine) -> Session:
        return Session(console, engine, _fresh_state(console, engine, like), keeps=False)

    return _run(setting, begin, lambda session: answer_all(session, answered))


def _run(setting: Setting, begin: Callable[[Console, Engine], Session], work: Callable[[Session], None]) -> int:
    """Run it, and return the exit code, whoever is gone by then."""
    try:
        return _through(setting, begin, work)
    finally:
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except OSError:
            # Nobody reads it any more. Else the interpreter would find that out at its end, and exit with 120.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _through(setting: Setting, begin: Callable[[Console, Engine], Session], work: Callable[[Session], None]) -> int:
    _keep_memory_private()
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    console = Console(sys.stdin or io.StringIO(), sys.stdout or io.StringIO(), ascii_only=setting.ascii)
    begun: list[Session] = []
    with _signals():
        try:
            try:
                session = begin(console, build_engine(setting))
                begun.append(session)
                work(session)
            except (Left, _NotBegunError):
                return _end(console, begun, "", 0)
            except InputEndedError:
                return _end(console, begun, "There is no more input.", _ENDED)
            except OutputGoneError:
                return _end(console, begun, "", _ENDED)
            except StoppedError as stopped:
                return _end(console, begun, str(stopped), stopped.code)
            except StoreError as error:
                return _end(console, begun, str(error), _ENDED)
            return _end(console, begun, "", 0)
        # Outside, as a signal may come while another end is under way: a closed terminal is one and the other.
        except KeyboardInterrupt:
            return _end(console, begun, "Interrupted.", _INTERRUPTED)
        except _EndedBySignal as ended:
            return _end(console, begun, str(ended), _ENDED)


def _end(console: Console, begun: list[Session], sentence: str, code: int) -> int:
    """Say how it ends, and keep what is not saved yet."""
    with contextlib.suppress(OutputGoneError):  # where nobody reads it, it is kept all the same
        for session in begun:
            session.close()
            if session.is_saved and code not in {_INTERRUPTED, FAILED}:
                sentence, code = "", exit_code(session.state)  # nothing is lost by leaving the last step
            elif session.keep():
                sentence = f"{sentence} {_GOES_ON}".strip()
        if sentence:
            console.say(sentence)
    for session in begun:
        session.settle()
    return code


def _state_before(console: Console, engine: Engine, like: Dataset | None) -> State:
    """Return the state to begin with: a setup that was left, where the person goes on with it, else a new one."""
    setups = left_setups(engine)
    for left in setups:
        if left.state is None:
            console.say(left.problem)
            if not _agrees(console, "Start anew? The old one is kept aside."):
                raise _NotBegunError
            continue
        console.say(left.sentence)
        again = " Keys are entered again." if left.asks_for_keys else ""
        if _agrees(console, f"Go on where it was left?{again} n: {left.otherwise}."):
            go_on_with(engine, left, setups)
            engine.catch_up()  # what is given next holds the external ID
            return resume(left.state, _given(console, engine, left.state.answers.given.platform_url))
    begin_anew(engine, setups)
    engine.catch_up()
    return _fresh_state(console, engine, like)


def _fresh_state(console: Console, engine: Engine, like: Dataset | None) -> State:
    if like is None:
        return start(_given(console, engine, engine.setting.platform_url))
    given = _given(console, engine, like.platform_url)
    kept = engine.kept(like)
    if kept.problem:
        console.say(kept.problem)
    return from_dataset(like, kept.access, given, like=True)


def _given(console: Console, engine: Engine, platform_url: str) -> Given:
    """Find out what stands before the first question; a desktop may ask for a password meanwhile."""
    console.say("Opening the keyring …")
    given = engine.given(platform_url)
    if engine.secrets_problem:
        console.say(_MEMORY, engine.secrets_problem)
    return given


def _agrees(console: Console, question: str) -> bool:
    while True:
        answer = console.ask(f"{question} y/n [y]:").strip().lower()
        if answer in {"", "y", "yes", "n", "no"}:
            return answer in {"", "y", "yes"}
        if answer == "leave":
            raise _NotBegunError
        console.say("Type y for yes or n for no; leave ends here.")


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """Let what ends the program end it in good order: the first such signal is raised, the next ones are ignored."""

    def ended(number: int, _frame: object) -> None:
        for each in _ENDING:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise _EndedBySignal(f"Ended by {signal.Signals(number).name}.")

    before = {number: signal.signal(number, ended) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
