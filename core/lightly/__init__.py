"""The Lightly platform: its REST API."""
