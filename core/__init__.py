"""Everything of bucketlight that is true without a screen; usable as a library."""

__version__ = "0.1.0"
