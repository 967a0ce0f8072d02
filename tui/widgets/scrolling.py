"""A part of a screen that scrolls, in which Up and Down go from one thing to the next."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer, VerticalScroll

__all__ = ["Scrolling"]

_OF_THE_SCREEN = {"up", "down"}


class Scrolling(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Leaves Up and Down to its screen, also where there is more than is seen; a plain one would scroll by them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding
        for binding in ScrollableContainer.BINDINGS
        if isinstance(binding, Binding) and binding.key not in _OF_THE_SCREEN
    ]
