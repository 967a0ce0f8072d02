"""What is wanted in AWS, written down for the administrator who makes it: the same thing in five forms."""

from __future__ import annotations

from .formats import EXTERNAL_ID_FILE, Format, HandoffError, about
from .pack import pack, save, write
from .stack import quick_create_link

__all__ = ["EXTERNAL_ID_FILE", "Format", "HandoffError", "about", "pack", "quick_create_link", "save", "write"]
