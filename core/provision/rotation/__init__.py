"""Replacing the access key of a dataset: looked at, planned, changed over step by step, and gone on with."""
