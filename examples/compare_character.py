"""A filled, coloured character, drawn afresh at every key, through Blender's *Interpolate Sequence* and through Doodle
Bridge: a film and a strip, side by side.

    blender --python examples/compare_character.py -- OUT [PACKAGES]

needs a window, since Blender's operator does, and Doodle Bridge installed, or the checkout, and PACKAGES, a folder with
its libraries. Left is Blender's tool, run once in each gap on all layers; right a new doodle of live strokes; both with
their default settings. Each key of the fox is put down by another hand: other points, lines that run the other way,
outlines that begin elsewhere, neighbours that change places.

In the folder OUT afterwards: `interpolate_character.gif`, `interpolate_character.png`, and `character.txt`: how far the
pictures half-way between keys are from those of the fox that is really there.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

import bpy
import numpy as np

if __name__ == "__main__":  # Blender knows neither the folder of a script nor the checkout
    sys.path[:0] = [str(Path(__file__).resolve().parents[1]), *sys.argv[sys.argv.index("--") + 2 :]]

from examples import character, pencil
from examples.compare_interpolation import (
    APART,
    LEFT,
    PAPER,
    RIGHT,
    Picture,
    enable,
    render,
    rgb,
    set_up_scene,
    write,
    write_film,
)
from examples.interpolate_facts import in_view, interpolate

GAP = 12  # frames from key to key
STEP = 2  # the film is on twos
NAMES = {0: LEFT, 1: RIGHT}
TRUTH = "The fox itself"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    enable()
    gaps = len(character.KEYS) - 1
    scene = stage(gaps)
    with tempfile.TemporaryDirectory() as frames:
        film = render(scene, range(1, 2 + GAP * gaps, STEP), Path(frames))
    write_film(folder / "interpolate_character.gif", [film[frame] for frame in sorted(film) for _ in range(STEP)], 64)
    write_strip(folder / "interpolate_character.png", film, gaps)
    middles = [1 + GAP * gap + GAP // 2 for gap in range(gaps)]
    found = {name: np.mean([away(film[m][half], film[m][2]) for m in middles]) for half, name in NAMES.items()}
    lines = [f"{name}: {value:.2f}" for name, value in found.items()]
    (folder / "character.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines), flush=True)


def stage(gaps: int) -> bpy.types.Scene:
    """Left the keys with Blender's in-betweens, right the doodle, beyond it the fox as it is at every frame."""
    scene = set_up_scene()
    scene.display.render_aa = "OFF"  # Grease Pencil is smoothed after it is drawn
    afresh = character.keys(range(gaps + 1))
    keys = {1 + GAP * number: shapes for number, shapes in enumerate(afresh)}
    truth = {1 + frame: character.pose(frame / GAP) for frame in range(GAP * gaps + 1)}
    placed: list[bpy.types.Object] = []
    for number, drawings in enumerate((keys, keys, truth)):
        ob = pencil.new(f"Fox {number}", None, scene)
        ob.location = (number * APART, 0.0, -0.44 * APART)
        if placed:
            for material in placed[0].data.materials:  # each name is there once
                ob.data.materials.append(material)
        else:
            pencil.materials(ob, character.MATERIALS)
        pencil.paint(ob, character.LAYERS, 0.9 * APART, drawings)
        placed.append(ob)
    for frame in list(keys)[:-1]:
        interpolate(placed[0], frame, layers="ALL")
    with in_view(placed[1], "OBJECT"):
        bpy.ops.doodle_bridge.from_grease_pencil(hide_source=True)
    return scene


def away(drawn: Picture, true: Picture) -> float:
    """The mean difference of two pictures over where either is not paper, in percent."""
    inked = (np.abs(np.stack([drawn, true]).astype(int) - rgb(PAPER)).max(axis=-1) > 8).any(axis=0)
    return float(100 / 255 * np.abs(drawn.astype(int) - true)[inked].mean())


def write_strip(path: Path, film: Mapping[int, Sequence[Picture]], gaps: int, cell: int = 150) -> None:
    """Rows: the fox itself half-way between keys, Blender's in-between, the doodle's."""
    from PIL import Image

    title = 22
    page = Image.new("RGB", (gaps * cell, 3 * (cell + title)), rgb(PAPER))
    for row, (name, half) in enumerate(((TRUTH, 2), (LEFT, 0), (RIGHT, 1))):
        top = row * (cell + title)
        write(page, f"{name}, half-way between two keys", (6, top + title // 2), "lm")
        for gap in range(gaps):
            picture = Image.fromarray(film[1 + GAP * gap + GAP // 2][half])
            page.paste(picture.resize((cell, cell), Image.Resampling.LANCZOS), (gap * cell, top + title))
    page.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[sys.argv.index("--") + 1]).absolute())
    except BaseException:
        traceback.print_exc()
        sys.exit(1)  # left to itself, Blender would go on and end well
    bpy.ops.wm.quit_blender()
