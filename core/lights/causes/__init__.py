"""The diagnosis table: how each cause is recognised, what it makes of a light, and the words for it.

A row is data. The first row that fits an outcome wins, so the particular stand before the general. In `says` and
`fix`, names in braces are filled in from what was asked (`diagnosis.Asked`). `says` completes "Read fails: …",
"Read works, but …" or "Read is not proven: …", in the words of the state.
"""

from __future__ import annotations

from .credentials import CREDENTIALS
from .denied import DENIED
from .network import NETWORK
from .objects import OBJECTS
from .place import PLACE
from .row import BROKEN_OFF, DEFAULT, NOT_S3, Row

__all__ = ["BROKEN_OFF", "DEFAULT", "NOT_S3", "ROWS", "Row"]

ROWS: tuple[Row, ...] = (*CREDENTIALS, *PLACE, *DENIED, *OBJECTS, *NETWORK)
"""Every row, in the order in which they are tried."""
