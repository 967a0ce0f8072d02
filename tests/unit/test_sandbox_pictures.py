"""The demo's pictures are real PNG files."""

from __future__ import annotations

import struct
import zlib
from random import Random

import pytest

from core.sandbox.pictures import ANIMALS, HEIGHT, WIDTH, draw


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Take a PNG apart, and check the signature and every CRC on the way."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, position = [], 8
    while position < len(png):
        (length,) = struct.unpack_from(">I", png, position)
        kind, data = png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        (crc,) = struct.unpack_from(">I", png, position + 8 + length)
        assert crc == zlib.crc32(kind + data)
        found.append((kind, data))
        position += 12 + length
    return found


@pytest.mark.parametrize("animal", ANIMALS)
def test_a_picture_decodes_to_its_pixels(animal: str) -> None:
    header, pixels, end = chunks(draw(animal, Random(7)))
    assert header == (b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0))
    scanlines = zlib.decompress(pixels[1])
    assert len(scanlines) == HEIGHT * (1 + 3 * WIDTH)
    assert {scanlines[row * (1 + 3 * WIDTH)] for row in range(HEIGHT)} == {0}
    assert end == (b"IEND", b"")


def test_a_picture_shows_more_than_a_meadow() -> None:
    scanlines = zlib.decompress(chunks(draw("cow", Random(7)))[1][1])
    stride = 1 + 3 * WIDTH
    colours = {
        scanlines[row * stride + 1 + 3 * column : row * stride + 4 + 3 * column]
        for row in range(HEIGHT)
        for column in range(WIDTH)
    }
    assert len(colours) > 20


def test_the_same_seed_draws_the_same_picture_and_another_draws_another() -> None:
    assert draw("pig", Random(1)) == draw("pig", Random(1))
    assert draw("pig", Random(1)) != draw("pig", Random(2))


def test_pictures_that_follow_each_other_differ() -> None:
    rng = Random(5)
    drawn = [draw(animal, rng) for animal in ANIMALS for _ in range(8)]
    assert len(set(drawn)) == len(drawn) == 40
