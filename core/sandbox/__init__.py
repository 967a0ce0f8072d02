"""What the demo and the tests run against: moto made truthful, and a small Lightly platform."""

from .sandbox import Sandbox, SandboxUnavailableError
from .serve import serve

__all__ = ["Sandbox", "SandboxUnavailableError", "serve"]
