"""The setup as a pure flow, and the one runner of what it asks for."""
