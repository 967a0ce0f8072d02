"""The permission check: what works in a bucket, and why not where it does not."""
