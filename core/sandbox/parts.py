"""How a sandbox is put together and taken apart."""

from __future__ import annotations

import secrets
from random import Random

from .platform import PlatformServer
from .s3server import AwsServer
from .world import build, tear_down

__all__ = ["Parts"]


class Parts:
    """The running parts of a sandbox: its AWS, what is in there, and its platform."""

    def __init__(self, seed: int | None, s3_port: int, lightly_port: int) -> None:
        """Start both servers and make the world.

        Raises:
            ImportError: where the extra `demo` is not installed.
            OSError: where a port is taken.
        """
        rng = Random(secrets.randbits(128) if seed is None else seed)  # noqa: S311 - nothing here is worth guessing
        self.aws = AwsServer(s3_port)
        try:
            if seed is not None:
                _seed_moto(rng)
            self.world = build(self.aws.url, rng)
            try:
                self.platform = PlatformServer(self.aws.url, self.world.lightly, rng, lightly_port)
            except OSError:
                tear_down(self.world)
                raise
        except BaseException:
            self.aws.close()
            raise

    def close(self) -> None:
        """Stop both servers and let the world go."""
        self.platform.close()
        self.aws.close()
        tear_down(self.world)


def _seed_moto(rng: Random) -> None:
    """Let moto draw its keys from `rng`: it has one source of randomness for the whole process."""
    from moto.moto_api._internal import mock_random

    mock_random.seed(rng.getrandbits(64))
