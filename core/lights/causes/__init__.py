"""The diagnosis table: how each cause is recognised, what it makes of a light, and the words for it.

A row is data. The first row that fits an outcome wins, so the particular stand before the general. In `says` and
`fix`, names in braces are filled in from what was asked (`diagnosis.Asked`). `says` completes "Read fails: …",
"Read works, but …" or "Read is not proven: …", in the words of the state.
"""

from __future__ import annotations

from .credentials import CREDENTIALS
from .denied import DENIED
from .findings import FOUND
from .kms import KMS
from .network import NETWORK
from .objects import OBJECTS
from .place import PLACE
from .profile import PROFILE
from .roles import ROLES
from .row import BROKEN_OFF, DEFAULT, NOT_S3, Paste, Row

__all__ = ["ALL_ROWS", "BROKEN_OFF", "DEFAULT", "FOUND", "NOT_S3", "PROFILE", "ROWS", "Paste", "Row"]

ROWS: tuple[Row, ...] = (*ROLES, *CREDENTIALS, *PLACE, *KMS, *DENIED, *OBJECTS, *NETWORK)
"""Every row that is recognised in one answer, in the order in which they are tried."""

ALL_ROWS: tuple[Row, ...] = tuple(dict.fromkeys((*PROFILE, *ROWS, NOT_S3, BROKEN_OFF, DEFAULT, *FOUND.values())))
"""Every row, those included that the check finds out by itself and those of profiles and keyrings."""
