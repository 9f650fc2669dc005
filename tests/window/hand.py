"""The hand of who tries the add-on in a window: lines that are drawn, buttons, the playhead, pictures of it all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from tests.window import driver
from tests.window.driver import Point, drag, grab

CENTRE = (600.0, 520.0)  # pixels of the window: where the drawing stands


def ring(x: float, y: float, wide: float, high: float, points: int = 28) -> list[Point]:
    """A circle as a hand draws it: its end goes a little past its start."""
    turns = [1.9 + 1.03 * math.tau * k / points for k in range(points + 1)]
    return [(CENTRE[0] + x + wide * math.cos(a), CENTRE[1] + y + high * math.sin(a)) for a in turns]


def bow(*corners: Point, points: int = 14) -> list[Point]:
    """A curve from the first to the last of three points, bent towards the middle one."""
    (a, b), (c, d), (e, f) = corners
    run = []
    for k in range(points + 1):
        t = k / points
        run.append(
            (
                CENTRE[0] + (1 - t) ** 2 * a + 2 * t * (1 - t) * c + t * t * e,
                CENTRE[1] + (1 - t) ** 2 * b + 2 * t * (1 - t) * d + t * t * f,
            )
        )
    return run


def draw(pose: list[list[Point]]) -> Iterator[float | None]:
    for line in pose:
        drag(line)
        yield 0.3
    yield 1


def scroll(notches: int) -> None:
    """Turn the wheel over the sidebar: downwards, or with a number below 0 upwards."""
    for _ in range(abs(notches)):
        driver.event("WHEELDOWNMOUSE" if notches > 0 else "WHEELUPMOUSE", "PRESS", button(300))
    driver.event("MOUSEMOVE", "NOTHING", CENTRE)  # where no tooltip opens


def scrub(start: int, end: int) -> None:
    """Drag the playhead through the frames of the Dope Sheet."""
    strip = driver.region("WINDOW", "DOPESHEET_EDITOR")

    def at(frame: float) -> Point:
        x, _ = strip.view2d.view_to_region(frame, 0, clip=False)
        return strip.x + x, strip.y + strip.height - 12

    drag([at(start), at(end)], steps=8)


def button(down: float) -> Point:
    """The middle of the sidebar, so many pixels below its upper border."""
    side = driver.region("UI")
    return side.x + side.width / 2 - 12, side.y + side.height - down


class Pictures:
    """Numbered pictures of the window."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def __call__(self, name: str) -> None:
        self.count += 1
        grab(self.folder / f"{self.count:02}_{name}.png")
        print(f"step {self.count}: {name}", flush=True)
