"""Small pictures of farm animals, drawn here and written as PNG with the standard library only."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from random import Random

__all__ = ["ANIMALS", "HEIGHT", "WIDTH", "draw"]

WIDTH = 96
HEIGHT = 64

Colour = tuple[int, int, int]

_SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((126, 186, 232), (222, 240, 250)),
    ((244, 178, 122), (252, 232, 196)),
    ((150, 200, 214), (236, 244, 232)),
)
_GRASS: tuple[Colour, ...] = ((112, 168, 78), (134, 182, 84), (92, 150, 76))
_SUN: Colour = (252, 224, 120)
_FENCE: Colour = (168, 128, 88)
_DARK: Colour = (52, 44, 40)


class _Canvas:
    """Rows of RGB pixels; what falls outside is cut off."""

    def __init__(self) -> None:
        self._rows = [bytearray(3 * WIDTH) for _ in range(HEIGHT)]

    def span(self, y: int, left: float, right: float, colour: Colour) -> None:
        """Fill a row from `left` up to, not including, `right`."""
        start, end = max(0, round(left)), min(WIDTH, round(right))
        if 0 <= y < HEIGHT and start < end:
            self._rows[y][3 * start : 3 * end] = bytes(colour) * (end - start)

    def box(self, left: float, top: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle."""
        for y in range(round(top), round(top + height)):
            self.span(y, left, left + width, colour)

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        """Fill an ellipse around a centre, given by its two radii."""
        for row in range(math.floor(y - down), math.ceil(y + down) + 1):
            inside = 1 - ((row - y) / down) ** 2
            if inside > 0:
                half = across * math.sqrt(inside)
                self.span(row, x - half, x + half, colour)

    def png(self) -> bytes:
        """Encode as PNG: 8 bits a channel, RGB, no filter (PNG specification, chunks and scanlines)."""
        scanlines = b"".join(b"\0" + bytes(row) for row in self._rows)
        header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(scanlines, 9)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def draw(animal: str, rng: Random) -> bytes:
    """Draw one animal, or a few, on a meadow; the same state of `rng` gives the same bytes."""
    canvas = _Canvas()
    horizon = rng.randint(24, 32)
    _meadow(canvas, rng, horizon)
    count = rng.choice((1, 1, 2, 3))
    for place in range(count):
        x = WIDTH * (place + 0.5) / count + rng.uniform(-6, 6)
        size = rng.uniform(0.8, 1.15) * (1.0 if count == 1 else 0.68)
        ANIMALS[animal](canvas, x, horizon + rng.uniform(13, 20), size, rng)
    return canvas.png()


def _shade(colour: Colour, rng: Random, by: int = 18) -> Colour:
    change = rng.randint(-by, by)
    red, green, blue = (max(0, min(255, part + change)) for part in colour)
    return red, green, blue


def _meadow(canvas: _Canvas, rng: Random, horizon: int) -> None:
    above, below = rng.choice(_SKIES)
    for y in range(horizon):
        mix = y / horizon
        red, green, blue = (round(a + (b - a) * mix) for a, b in zip(above, below, strict=True))
        canvas.span(y, 0, WIDTH, (red, green, blue))
    canvas.oval(rng.uniform(8, 88), rng.uniform(6, 12), 5, 5, _SUN)
    grass = _shade(rng.choice(_GRASS), rng)
    red, green, blue = grass
    canvas.oval(rng.uniform(0, WIDTH), horizon + 6, rng.uniform(40, 70), 14, (red - 16, green - 14, blue - 10))
    canvas.box(0, horizon, WIDTH, HEIGHT - horizon, grass)
    if rng.random() < 0.6:
        for x in range(rng.randint(0, 6), WIDTH, 12):
            canvas.box(x, horizon - 6, 2, 9, _FENCE)
        canvas.box(0, horizon - 4, WIDTH, 1, _FENCE)
        canvas.box(0, horizon - 1, WIDTH, 1, _FENCE)
    for _ in range(rng.randint(6, 14)):
        canvas.box(rng.randrange(WIDTH), rng.randrange(horizon + 4, HEIGHT), 1, 2, (red - 26, green - 20, blue - 18))


def _legs(canvas: _Canvas, x: float, y: float, size: float, colour: Colour, spread: float, length: float) -> None:
    for offset in (-spread, -spread * 0.55, spread * 0.45, spread * 0.9):
        canvas.box(x + offset * size, y, max(1.5, 2.4 * size), length * size, colour)


def _eye(canvas: _Canvas, x: float, y: float, size: float) -> None:
    canvas.oval(x, y, max(0.9, 1.1 * size), max(0.9, 1.1 * size), _DARK)


def _cow(canvas: _Canvas, x: float, y: float, size: float, rng: Random) -> None:
    coat = _shade(rng.choice(((244, 240, 234), (196, 132, 84), (246, 244, 240))), rng, 8)
    patch = rng.choice((_DARK, (120, 72, 44)))
    _legs(canvas, x, y + 5 * size, size, coat, 13, 11)
    canvas.oval(x, y, 18 * size, 9 * size, coat)
    for _ in range(rng.randint(2, 4)):
        canvas.oval(x + rng.uniform(-11, 9) * size, y + rng.uniform(-3, 3) * size, 4 * size, 3 * size, patch)
    canvas.box(x - 18 * size, y - 2 * size, 1.6, 11 * size, patch)
    canvas.oval(x + 18 * size, y - 8 * size, 6 * size, 5 * size, coat)
    canvas.oval(x + 22 * size, y - 6 * size, 3.4 * size, 2.8 * size, (236, 176, 170))
    canvas.box(x + 13 * size, y - 15 * size, 1.8, 4 * size, (232, 222, 196))
    canvas.box(x + 20 * size, y - 15 * size, 1.8, 4 * size, (232, 222, 196))
    _eye(canvas, x + 18 * size, y - 9 * size, size)


def _sheep(canvas: _Canvas, x: float, y: float, size: float, rng: Random) -> None:
    wool = _shade((238, 236, 228), rng, 14)
    face = rng.choice((_DARK, (214, 190, 166)))
    _legs(canvas, x, y + 5 * size, size, face, 8, 9)
    for turn in range(9):
        angle = turn * math.tau / 9
        canvas.oval(x + 10 * size * math.cos(angle), y + 5 * size * math.sin(angle), 5 * size, 4.6 * size, wool)
    canvas.oval(x, y, 11 * size, 7 * size, wool)
    canvas.oval(x + 13 * size, y - 5 * size, 4.6 * size, 5.2 * size, face)
    canvas.oval(x + 12 * size, y - 9.5 * size, 4.6 * size, 2.8 * size, wool)
    canvas.oval(x + 14.5 * size, y - 5.5 * size, 1.2, 1.2, (250, 250, 250) if face == _DARK else _DARK)


def _pig(canvas: _Canvas, x: float, y: float, size: float, rng: Random) -> None:
    skin = _shade((240, 170, 170), rng, 12)
    red, green, blue = skin
    darker = (red - 34, green - 42, blue - 38)
    _legs(canvas, x, y + 5 * size, size, darker, 10, 8)
    canvas.oval(x, y, 15 * size, 8.5 * size, skin)
    canvas.oval(x + 14 * size, y - 3 * size, 6.4 * size, 6 * size, skin)
    canvas.oval(x + 19 * size, y - 1.5 * size, 2.8 * size, 2.4 * size, darker)
    canvas.oval(x + 11 * size, y - 9 * size, 2.2 * size, 3 * size, darker)
    canvas.oval(x - 15.5 * size, y - 3 * size, 2 * size, 2 * size, darker)
    _eye(canvas, x + 15 * size, y - 5 * size, size)


def _hen(canvas: _Canvas, x: float, y: float, size: float, rng: Random) -> None:
    plumage = _shade(rng.choice(((186, 104, 56), (242, 238, 228), (84, 66, 60))), rng, 12)
    red, green, blue = plumage
    wing = (max(0, red - 34), max(0, green - 30), max(0, blue - 26))
    for offset in (-2, 3):
        canvas.box(x + offset * size, y + 6 * size, max(1.0, 1.4 * size), 8 * size, (232, 170, 60))
    canvas.oval(x - 10 * size, y - 6 * size, 4 * size, 7 * size, wing)
    canvas.oval(x, y, 11 * size, 8 * size, plumage)
    canvas.oval(x - 1 * size, y, 6 * size, 4 * size, wing)
    canvas.oval(x + 8 * size, y - 7 * size, 3.6 * size, 6 * size, plumage)
    canvas.oval(x + 9 * size, y - 12 * size, 4 * size, 3.8 * size, plumage)
    canvas.oval(x + 9 * size, y - 16 * size, 3 * size, 1.8 * size, (206, 52, 48))
    canvas.oval(x + 14 * size, y - 11.5 * size, 2.4 * size, 1.2 * size, (236, 176, 60))
    _eye(canvas, x + 10 * size, y - 12.5 * size, size)


def _horse(canvas: _Canvas, x: float, y: float, size: float, rng: Random) -> None:
    coat = _shade(rng.choice(((134, 84, 52), (92, 62, 48), (206, 186, 160))), rng, 12)
    red, green, blue = coat
    mane = (red // 2, green // 2, blue // 2)
    _legs(canvas, x, y + 4 * size, size, coat, 12, 14)
    canvas.oval(x, y, 16 * size, 7.5 * size, coat)
    for step in range(10):
        canvas.oval(x + (11 + step * 0.8) * size, y - (3 + step * 1.4) * size, 4.2 * size, 3 * size, coat)
        canvas.oval(x + (8.4 + step * 0.8) * size, y - (4 + step * 1.4) * size, 1.6 * size, 1.8 * size, mane)
    canvas.oval(x + 22 * size, y - 16 * size, 6 * size, 3.6 * size, coat)
    canvas.oval(x - 16 * size, y + 2 * size, 2.2 * size, 8 * size, mane)
    _eye(canvas, x + 21 * size, y - 17 * size, size)


ANIMALS: dict[str, Callable[[_Canvas, float, float, float, Random], None]] = {
    "cow": _cow,
    "hen": _hen,
    "horse": _horse,
    "pig": _pig,
    "sheep": _sheep,
}
"""What can be drawn, by name."""
