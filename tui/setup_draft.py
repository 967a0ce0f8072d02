"""What is kept of a setup that is under way, and when it is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.guide.state import State

    from .engine import Engine

__all__ = ["DraftKeeper"]


@dataclass(slots=True)
class DraftKeeper:
    """Keeps a setup from its first confirmed step on, until it is saved. `say` tells what did not work."""

    engine: Engine
    say: Callable[[str], object]
    _begun: bool = False

    def keep(self, state: State) -> bool:
        """Write it down, and tell whether that was done. After Save there is nothing to keep.

        That it fails loses nothing yet, so it is only said.
        """
        from core.store.errors import StoreError

        if state.position.step == "next":
            return False
        self._begun = True
        self.engine.keep_external_id(state)
        try:
            self.engine.keep_draft(state)
        except (StoreError, OSError) as error:
            self.say(f"This setup is not kept when you leave: {error}")
            return False
        return True

    def keep_if_begun(self, state: State) -> None:
        """Write down where it stands now, where there is anything to go on with."""
        if self._begun:
            self.keep(state)

    def drop(self, state: State) -> None:
        """Forget it: it is saved."""
        from core.store.errors import StoreError

        self._begun = False
        self.engine.drop_external_id(state.answers.given.platform_url)
        try:
            self.engine.drop_draft()
        except (StoreError, OSError) as error:
            self.say(f"The draft of this setup stays on this machine: {error}")
