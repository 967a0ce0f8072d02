"""Running the app in this process: what is switched off before, and a quick end after."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from core.dataset import Dataset
    from core.store.paths import Home

    from .engine import Demo

__all__ = ["run_app"]


def run_app(
    *,
    home: Home,
    platform_url: str,
    start: Literal["home", "setup"] = "home",
    endpoint_url: str | None = None,
    demo: Demo | None = None,
    ascii_only: bool = False,
    like: Dataset | None = None,
) -> int:
    """Run the app until somebody leaves, and return the exit code.

    `like`: the setup that is begun with is one of another dataset like that one.
    """
    _keep_memory_private()
    # Imports make some 60,000 objects that all stay: looking through them for garbage, time and again, takes 20 ms.
    gc.disable()
    from .app import BucketlightApp
    from .engine import Setting

    gc.freeze()
    gc.enable()
    setting = Setting(home=home, platform_url=platform_url, endpoint_url=endpoint_url, demo=demo, ascii=ascii_only)
    app = BucketlightApp(setting, start=start, like=like)
    code = app.run()
    if app.engine is not None:
        app.engine.settle()  # after the terminal was given back
    if app.return_code:
        return app.return_code
    # It ends without a code of its own only when SIGINT came from outside; its keys do not send that signal.
    return 130 if code is None else code


def _keep_memory_private() -> None:
    """Let no core file and no other process read this one's memory, where the system offers that (Linux, prctl(2))."""
    if sys.platform != "linux":
        return
    import contextlib
    import ctypes
    import resource

    pr_set_dumpable = 4
    with contextlib.suppress(OSError, ValueError, AttributeError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.CDLL(None).prctl(pr_set_dumpable, 0, 0, 0, 0)
