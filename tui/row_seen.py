"""What the diagnosis of a dataset on the home screen is about."""

from __future__ import annotations

from .diagnosed import Seen
from .widgets.dataset_row import DatasetRow
from .words import about_principal, from_where

__all__ = ["seen_of"]


def seen_of(row: DatasetRow, *, busy: bool) -> Seen:
    """Return what is known of a row; `busy` tells whether it is being checked."""
    source = row.datasource
    where = from_where(source.endpoint_url, short=True)
    return Seen(
        lights=tuple(row.lights.values()),
        name=row.dataset.name,
        subject=f"{source.purpose}  {source.location.uri}",
        region=source.region,
        about=about_principal(row.principal, source.access_key_id, where=where),
        others=row.others,
        notes=row.notes,
        location=source.location,
        checked_at=row.checked_at,
        ended=row.ended,
        busy=busy,
        at_aws=source.endpoint_url is None,
    )
