from __future__ import annotations
import asyncio, random
from walker import World
from textual import events
import pytest

@pytest.mark.parametrize("seed", range(6))
async def test_stress(world: World, seed: int) -> None:
    rng = random.Random(seed)
    async with world.running() as walker:
        await walker.at("needs")
        await walker.press("enter")
        await walker.at("bucket")
        await walker.put(uri=world.uri)
        drv = walker.app._driver
        for i in range(150):
            key = rng.choice(["enter", "enter", "escape", "ctrl+r", "tab", "f2","down","up"])
            e = events.Key(key, None); e.set_sender(walker.app)
            drv.send_message(e)
            if rng.random() < .3:
                await asyncio.sleep(rng.random()*0.02)
            if "keys" == getattr(walker.app.screen,"state",None) and 0: pass
        await walker.pilot.pause()
        print(type(walker.app.screen), walker.app.return_code, walker.app._exception)
