"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# The default deadline is a timed assertion: on a busy machine it fails by chance.
settings.register_profile("bucketlight", deadline=None)
settings.load_profile("bucketlight")
