"""The diagnosis as it looks, with lights that are made up.

`pytest tests/app/test_diagnosis_snapshots.py --snapshot-update` takes them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import AMBER, BY_LIGHTLY, GREEN, RED, UNPROVEN, Subject, seen_with
from textual.pilot import Pilot

from core.lights.states import Light, State
from tui.not_yet import NotYet

Compare = Callable[..., bool]

SEEN: dict[str, tuple[Light, tuple[Light, ...], tuple[str, ...], tuple[int, int]]] = {
    "red-with-what-to-paste": (RED, (), (), (80, 24)),
    "red-to-its-end": (RED, (replace(BY_LIGHTLY, state=State.GREEN, summary=GREEN.summary),), ("end",), (80, 24)),
    "red-smallest": (RED, (), (), (60, 20)),
    "amber-left-behind": (AMBER, (), (), (80, 24)),
    "not-proven": (UNPROVEN, (), (), (80, 24)),
    "by-lightly": (BY_LIGHTLY, (GREEN,), (), (80, 24)),
    "before-a-proof": (UNPROVEN, (), ("p",), (80, 24)),
    "before-a-proof-smallest": (UNPROVEN, (), ("p",), (60, 20)),
    "before-a-closer-look": (RED, (), ("l",), (80, 24)),
    "wide-and-light": (RED, (), (), (120, 40)),
    "without-colours": (RED, (), (), (80, 24)),
}


@pytest.mark.parametrize("name", SEEN)
def test_a_diagnosis_looks_as_it_should(
    tmp_path: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name == "without-colours":
        monkeypatch.setenv("NO_COLOR", "1")
    light, others, keys, size = SEEN[name]
    subject = Subject(seen_with(light, others=others))
    app = subject.app(tmp_path)

    async def before(pilot: Pilot[int]) -> None:
        await app.push_screen(subject.screen())
        if name.endswith("light"):
            app.action_change_light()
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
def test_waiting_for_a_fix_to_spread_looks_as_it_should(
    tmp_path: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(NotYet, "EVERY", 3600.0)
    subject = Subject(seen_with(RED))
    app = subject.app(tmp_path)
    not_yet = replace(
        RED,
        state=State.UNKNOWN,
        cause="not-yet-propagated",
        summary="Write is not proven: the key, role or policy was changed 19 seconds ago. AWS takes up to a minute to "
        "spread that.",
    )

    async def before(pilot: Pilot[int]) -> None:
        screen = subject.screen()
        await app.push_screen(screen)
        await pilot.pause()
        await pilot.press("f")
        for seconds in (1, 2, 4, 8):
            subject.answer(screen, not_yet)
            subject.clock.seconds += seconds
            screen.not_yet.tick()
        subject.answer(screen, not_yet)
        subject.clock.seconds += 4
        screen.not_yet.tick()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)
