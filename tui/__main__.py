"""`python -m tui` does what `bucketlight` does."""

from .entry import main

main()
