"""The same drawings through Blender's *Interpolate Sequence* and through Doodle Bridge: a film, a strip and figures.

    blender --python examples/compare_interpolation.py -- OUT

needs a window, since Blender's operator does, and Doodle Bridge installed (or the checkout and its libraries on
PYTHONPATH, with --python-use-system-env). Left is Blender's tool with its default settings, run once in each gap
between two keys; right a new doodle with its default settings. One camera sees both.

In the folder OUT afterwards: `interpolate_compared.gif`, `interpolate_compared.png`, and `figures.txt`: how far what
each draws half-way between two keys lies from the drawing that is really half-way, for several kinds of drawings.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import addon_utils
import bpy
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

if __name__ == "__main__":  # Blender knows neither the folder of a script nor the checkout
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from examples import bird, pencil
from examples.interpolate_facts import in_view, interpolate
from examples.walker import Line, by_hand, pressed

SPACING = 18  # frames from key to key
SIDE = 240  # pixels, of each half of the film
APART = 2.4  # between the middles of the two halves, in Blender's units; also what a half shows
PAPER, INK, RUST = (0.955, 0.94, 0.90), (0.09, 0.10, 0.16), (0.50, 0.10, 0.05)  # sRGB
LEFT, RIGHT = "Interpolate Sequence", "Doodle Bridge"

Picture = NDArray[np.uint8]
Drawing = list[Line]


@dataclass(frozen=True)
class Case:
    """Drawings to go through both: the `keys`, and between each two of them the drawing that is really half-way. Their
    strokes have the `colours` in turn, sRGB."""

    name: str
    keys: Sequence[Drawing]
    truths: Sequence[Drawing]
    colours: Sequence[Sequence[float]] = (INK,)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    enable()
    lines = [f"{'distance from the true half-way drawing, % of the side':58} {LEFT:>20} {RIGHT:>14}"]
    with tempfile.TemporaryDirectory() as frames:
        for case in cases():
            scene = stage(case)
            middles = [1 + SPACING // 2 + SPACING * gap for gap in range(len(case.truths))]
            films = render(scene, middles, Path(frames))
            left, right = (
                np.mean([distance(ink(films[frame][half]), ink(films[frame][2])) for frame in middles])
                for half in (0, 1)
            )
            lines.append(f"{case.name:58} {left:20.2f} {right:14.2f}")
            print(lines[-1], flush=True)
            if case.name.startswith("a bird, each key drawn afresh"):
                film = render(scene, range(1, 1 + SPACING * len(case.truths)), Path(frames))
                write_film(folder / "interpolate_compared.gif", [film[frame] for frame in sorted(film)])
                write_strip(folder / "interpolate_compared.png", film, len(case.truths))
    (folder / "figures.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(["", *lines]))


# --- the drawings


def cases() -> list[Case]:
    beat = [0.0, 0.25, 0.5, 0.75, 1.0]
    half_way = [phase + 0.125 for phase in beat[:-1]]
    hands = [bird.HANDS[i % 4] for i in range(5)]
    # What only one of two keys shows has no true half-way state: it is left out of the truth when either leaves it out.
    common = [{m.shape for m in a} & {m.shape for m in b} for a, b in itertools.pairwise(hands)]
    steady = [[mark for mark in bird.ALIKE if mark.shape in shapes] for shapes in common]
    return [
        Case(
            "a bird, each key drawn afresh: other strokes, other order",
            [bird.draw(phase, seed, hands[seed]) for seed, phase in enumerate(beat)],
            [bird.draw(phase, 0, tuple(marks), 0.0) for phase, marks in zip(half_way, steady, strict=True)],
        ),
        Case(
            "a bird, the same strokes in the same order at every key",
            [bird.draw(phase, seed) for seed, phase in enumerate(beat)],
            [bird.draw(phase, 0, unsteadiness=0.0) for phase in half_way],
        ),
        Case("an arm that swings by 100 degrees", [arm(-50), arm(50)], [arm(0)]),
        Case("a sheet that falls without turning", [sheet(0.5), sheet(-0.5)], [sheet(0.0)]),
        Case("two balls that pass each other", [balls(-0.6), balls(0.6)], [balls(0.0)]),
        Case(
            "two balls of two colours that pass each other",
            [balls(-0.6), balls(0.6)],
            [balls(0.0)],
            colours=(INK, RUST),
        ),
        Case(
            "forty strokes of hatching that move up, drawn anew",
            [hatching(-0.3, 1), hatching(0.4, 2)],
            [hatching(0.05)],
        ),
    ]


def arm(degrees: float) -> Drawing:
    """A straight arm that hangs from a shoulder, and the shoulder."""
    along = np.array([np.sin(np.radians(degrees)), -np.cos(np.radians(degrees))])
    return [_line(np.array([0, 0.6]) + t * along for t in np.linspace(0, 1.3, 30)), ring((0, 0.75), 0.15)]


def sheet(height: float) -> Drawing:
    corners = np.array([(-0.4, -0.3), (0.4, -0.3), (0.4, 0.3), (-0.4, 0.3), (-0.4, -0.3)]) + [0, height]
    return [_line(a + t * (b - a) for t in np.linspace(0, 1, 12)) for a, b in itertools.pairwise(corners)]


def balls(along: float) -> Drawing:
    """Two rings that travel in opposite directions on two tracks."""
    return [ring((along, 0.3), 0.22), ring((-along, -0.3), 0.22)]


def ring(centre: Sequence[float] | NDArray[np.float64], radius: float) -> Line:
    angles = np.linspace(0, 2 * np.pi, 40)
    return _line(np.asarray(centre) + radius * np.array([np.cos(a), np.sin(a)]) for a in angles)


def hatching(height: float, seed: int | None = None) -> Drawing:
    """Forty slanted strokes side by side; by a hand, with a seed."""
    starts = [(-0.9 + 0.042 * i, height - 0.4) for i in range(40)]
    lines = [_line(np.array(start) + t * np.array([0.12, 0.7]) for t in np.linspace(0, 1, 10)) for start in starts]
    rng = np.random.default_rng(seed)
    return lines if seed is None else [by_hand(line, rng, 0.5) for line in lines]


def _line(points: Iterable[NDArray[np.float64]]) -> Line:
    return pressed(np.array(list(points)), 0.018)


# --- Blender


def enable() -> None:
    """The add-on: installed as an extension, or from this checkout."""
    if hasattr(bpy.types.Object, "doodle_bridge"):
        return
    addon_utils.enable("blender_addon", default_set=True)
    if not addon_utils.check("blender_addon")[1]:
        raise SystemExit("compare_interpolation: install Doodle Bridge first")


def set_up_scene() -> bpy.types.Scene:
    """The scene anew: paper, and a camera that sees three fields side by side."""
    scene = bpy.context.scene
    for ob in list(bpy.data.objects):
        bpy.data.objects.remove(ob)
    bpy.context.view_layer.update()  # or it goes on listing what was removed
    world = bpy.data.worlds.new("Paper")
    world.color = pencil.linear(PAPER)
    scene.world = world
    camera = bpy.data.cameras.new("Camera")
    camera.type, camera.ortho_scale = "ORTHO", 3 * APART
    scene.camera = bpy.data.objects.new("Camera", camera)
    scene.camera.location, scene.camera.rotation_euler = (APART, -6.0, 0.0), (np.pi / 2, 0.0, 0.0)
    scene.collection.objects.link(scene.camera)
    settings = scene.render
    settings.engine = "BLENDER_WORKBENCH"
    scene.display.shading.light, scene.display.shading.color_type = "FLAT", "TEXTURE"
    scene.display.shading.background_type, scene.display.shading.background_color = "WORLD", pencil.linear(PAPER)
    settings.resolution_x, settings.resolution_y, settings.resolution_percentage = 3 * 2 * SIDE, 2 * SIDE, 100
    settings.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "Standard"
    return scene


def stage(case: Case) -> bpy.types.Scene:
    """Left the keys with Blender's in-betweens, right the doodle, beyond it the truth."""
    scene = set_up_scene()
    keys = {1 + SPACING * i: key for i, key in enumerate(case.keys)}
    left = pencil.new(LEFT, INK, scene)
    pencil.draw(left, "Lines", keys)
    pencil.colour(left, case.colours)
    for frame in list(keys)[:-1]:
        interpolate(left, frame)

    right = pencil.new("Doodle's drawings", INK, scene)
    right.location.x = APART
    pencil.draw(right, "Lines", keys)
    pencil.colour(right, case.colours)
    with in_view(right, "OBJECT"):
        bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=1024, hide_source=True)
        bpy.context.object.doodle_bridge.colour = (*pencil.linear(INK), 1.0)

    truth = pencil.new("Truth", INK, scene)
    truth.location.x = 2 * APART
    pencil.draw(truth, "Lines", {frame + SPACING // 2: lines for frame, lines in zip(keys, case.truths, strict=False)})
    return scene


def render(scene: bpy.types.Scene, frames: Sequence[int] | range, folder: Path) -> dict[int, list[Picture]]:
    """Frame number -> the pictures side by side, (SIDE, SIDE, 3) uint8 each: Blender's, the doodle's, the truth."""
    from PIL import Image

    shown: dict[int, list[Picture]] = {}
    for frame in frames:
        scene.frame_set(frame)
        scene.render.filepath = str(folder / "frame.png")
        bpy.ops.render.render(write_still=True)
        with Image.open(scene.render.filepath) as picture:
            whole = picture.convert("RGB").resize((3 * SIDE, SIDE), Image.Resampling.BOX)
        shown[frame] = np.split(np.asarray(whole), 3, axis=1)
    return shown


# --- measuring


def ink(picture: Picture) -> NDArray[np.bool_]:
    return picture.mean(axis=2) < 255 * (np.mean(PAPER) + np.mean(INK)) / 2


def distance(drawn: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """Mean distance from ink of either to the nearest ink of the other, in % of the side; 100 where one is empty."""
    from scipy.ndimage import distance_transform_edt

    if not (drawn.any() and true.any()):
        return 100.0
    to_true, to_drawn = distance_transform_edt(~true), distance_transform_edt(~drawn)
    return float(100 / SIDE * (to_true[drawn].mean() + to_drawn[true].mean()) / 2)


# --- pictures for the page


def write_film(path: Path, frames: Sequence[Sequence[Picture]], colours: int = 8) -> None:
    """Both halves under their names, as a GIF of few colours."""
    from PIL import Image

    pages = [captioned([*halves[:2]], [LEFT, RIGHT]) for halves in frames]
    palette = pages[0].quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    flat = [page.quantize(colours, palette=palette, dither=Image.Dither.NONE) for page in pages]
    # GIF counts hundredths of a second: 4, 4, 4, 5 ... make 24 frames a second.
    ends = [round(100 * (i + 1) / 24) for i in range(len(flat))]
    lengths = [10 * (end - start) for start, end in itertools.pairwise([0, *ends])]
    flat[0].save(path, save_all=True, append_images=flat[1:], duration=lengths, loop=0, optimize=True, disposal=1)


def write_strip(path: Path, film: Mapping[int, Sequence[Picture]], gaps: int, cell: int = 104) -> None:
    """Rows: the keys, Blender's in-betweens, the doodle's: a quarter, half and three quarters of the way."""
    from PIL import Image

    title = 22
    page = Image.new("RGB", (3 * gaps * cell, 3 * (cell + title)), rgb(PAPER))
    for row, (name, half) in enumerate((("the drawings", 0), (LEFT, 0), (RIGHT, 1))):
        top = row * (cell + title)
        write(page, name, (6, top + title // 2), "lm")
        for gap, part in itertools.product(range(gaps), (0,) if row == 0 else (1, 2, 3)):
            picture = Image.fromarray(film[1 + SPACING * gap + round(SPACING * part / 4)][half])
            small = picture.resize((cell, cell), Image.Resampling.LANCZOS)
            page.paste(small, ((3 * gap + max(part - 1, 0)) * cell, top + title))
    page.quantize(16, dither=Image.Dither.NONE).save(path, optimize=True)


def captioned(pictures: Sequence[Picture], names: Sequence[str], height: int = 22) -> Image.Image:
    """Pictures side by side, each under its name."""
    from PIL import Image

    page = Image.new("RGB", (len(pictures) * SIDE, SIDE + height), rgb(PAPER))
    for i, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        page.paste(Image.fromarray(picture), (i * SIDE, height))
        write(page, name, (i * SIDE + SIDE // 2, height // 2), "mm")
    return page


def write(page: Image.Image, text: str, at: tuple[int, int], anchor: str) -> None:
    from PIL import ImageDraw, ImageFont

    ImageDraw.Draw(page).text(at, text, fill=rgb(INK), font=ImageFont.load_default(13), anchor=anchor)


def rgb(colour: Sequence[float]) -> tuple[int, int, int]:
    red, green, blue = (round(255 * c) for c in colour)
    return red, green, blue


if __name__ == "__main__":
    try:
        main(Path(sys.argv[sys.argv.index("--") + 1]).absolute())
    except BaseException:
        traceback.print_exc()
        sys.exit(1)  # left to itself, Blender would go on and end well
    bpy.ops.wm.quit_blender()
