from __future__ import annotations

from walker import World


async def test_a_writers_key_goes_from_the_first_screen_to_three_green_lights_and_a_saved_dataset(world: World) -> None:
    async with world.running() as walker:
        await world.to_next(walker)
        print("\n".join(walker.lines()))
        assert walker.lights() == {"list": "works", "read": "works", "write": "works"}
