"""Does any way of sharing out its frames give the same film?

    python -m tests.blender.splits DIR                    with the bpy at hand: about two minutes
    python -m tests.blender.splits DIR --also PYTHON      and with that of another Python, which has another bpy
    python -m tests.blender.splits DIR --program BLENDER  and with a whole Blender: all its options

One run is the measure. Single frames from the last to the first, eight processes at once, one thread and two must give
the same numbers, bit for bit; another Blender's may differ by 1/255. The last line says so, and so does the status.

A whole Blender finds the add-on through PYTHONPATH, which this checkout is put before; what its Python lacks (see the
guide) goes there as well.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__" and __package__ is None:  # run by Blender, which knows nothing of the checkout
    sys.path.insert(0, str(ROOT))

FILM = "film.blend"
KINDS = ("plain", "cubic, shaking", "on twos", "loop", "as drawn", "transformed")
FRAMES = range(1, 25)
PARTS = 8
ENABLE = "import addon_utils; addon_utils.enable('blender_addon', default_set=True)"


def make(path: Path, frames: range = FRAMES, size: int = 96) -> None:
    """A file of doodles of several kinds, a camera and a renderer that adds nothing of its own."""
    import bpy

    from tests.blender import versions

    versions._afresh()
    for number, kind in enumerate(KINDS):
        versions._doodle(number, versions.KINDS[kind])
        bpy.context.object.doodle_bridge.size = size
    versions._stage(len(KINDS))
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = frames[0], frames[-1]
    scene.render.resolution_x = scene.render.resolution_x * size // versions.SIZE
    scene.render.resolution_y = scene.render.resolution_y * size // versions.SIZE
    path.parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False)


def work(path: Path, folder: Path, frames: Sequence[int], threads: int = 0) -> None:
    """What one machine of a farm does: open the file, render these frames in this order, bake them too."""
    import bpy

    from tests.blender import versions

    versions._afresh()
    bpy.context.preferences.addons[versions.ADDON].preferences.threads = threads
    bpy.ops.wm.open_mainfile(filepath=str(path))
    scene = bpy.context.scene
    if threads:
        scene.render.threads_mode, scene.render.threads = "FIXED", threads
    for frame in frames:
        scene.frame_set(frame)
        scene.render.filepath = str(folder / "render" / f"{frame:04d}.png")
        bpy.ops.render.render(write_still=True)
    from blender_addon import commands

    for first, last in _ranges(frames):
        told = ["bake", "--frames", f"{first}-{last}", "--output", str(folder / "bake"), "--depth", "16"]
        assert commands.main(told) == 0


def _ranges(frames: Sequence[int]) -> list[tuple[int, int]]:
    """Frames that rise one by one are one range; any others, each its own."""
    rising = all(later == earlier + 1 for earlier, later in pairwise(frames))
    return [(frames[0], frames[-1])] if rising else [(frame, frame) for frame in frames]


def chunks(frames: range, parts: int) -> list[range]:
    """Frames in so many parts of about one length, in order."""
    cuts = [frames[0] + len(frames) * part // parts for part in range(parts + 1)]
    return [range(first, last) for first, last in pairwise(cuts) if last > first]


def difference(folder: Path, measure: Path, what: str = "*") -> float:
    """The largest difference of two films, in steps of 1/255: 0 only where every number is the same. Infinite where
    a picture is missing, or nothing is drawn."""
    import numpy as np

    from doodle_core.sequence import read_picture

    wanted = sorted(path.relative_to(measure) for path in measure.glob(f"{what}/**/*.png"))
    found = sorted(path.relative_to(folder) for path in folder.glob(f"{what}/**/*.png"))
    if not wanted or wanted != found:
        return float("inf")
    worst, ink = 0.0, 0.0
    for name in wanted:
        here, there = (np.asarray(read_picture(one / name), np.float64) / 257 for one in (folder, measure))
        for pixels in (here, there):  # what is seen: colours times alpha, for where nothing is they may be any
            pixels[..., :3] *= pixels[..., 3:] / 255
        worst = max(worst, float(np.abs(here - there).max()))
        ink = max(ink, float(there[..., 3].max()))
    return worst if ink > 0 else float("inf")


def started(python: str, film: Path, folder: Path, frames: Sequence[int], threads: int = 0) -> subprocess.Popen[str]:
    """`work` in a process of its own."""
    numbers = ",".join(map(str, frames))
    command = [python, "-m", "tests.blender.splits", "--work", str(folder), "--order", numbers, str(film)]
    if threads:
        command += ["--threads", str(threads)]
    few = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS") if threads}
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **few}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ended(process: subprocess.Popen[str]) -> None:
    said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, process.args))}\n{said}")  # type: ignore[arg-type]


def program(blender: str, film: Path, folder: Path, *arguments: str) -> None:
    """A whole Blender renders the film with its own options."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    command = [*shlex.split(blender), "--python-use-system-env", "-b", str(film), "--python-exit-code", "7"]
    command += ["--python-expr", ENABLE, *arguments]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def all_splits(folder: Path, also: Sequence[str], blenders: Sequence[str]) -> int:
    """Number of splits that gave another film."""
    film = folder / FILM
    make(film)
    wrong = 0

    def tell(name: str, off: float, allowed: float) -> None:
        nonlocal wrong
        wrong += off > allowed
        exact = "the same" if off == 0 else f"{off:.3f}/255"
        print(f"{name}: {exact}{'' if off <= allowed else '   WRONG'}", flush=True)

    for python in (sys.executable, *also):
        own = folder / f"python{0 if python == sys.executable else 1 + also.index(python)}"
        ended(started(python, film, own / "one run", FRAMES))
        ways: dict[str, list[tuple[Sequence[int], int]]] = {
            "backwards": [(FRAMES[::-1], 0)],
            "eight at once": [(part, 0) for part in chunks(FRAMES, PARTS)],
            "one thread": [(FRAMES, 1)],
            "two threads": [(FRAMES, 2)],
        }
        for name, parts in ways.items():
            for process in [started(python, film, own / name, *part) for part in parts]:
                ended(process)
            tell(f"{python}, {name}", difference(own / name, own / "one run"), 0.0)
        if python != sys.executable:
            tell(f"{python}, against this Blender", difference(own / "one run", folder / "python0" / "one run"), 1.0)
    for number, blender in enumerate(blenders):
        _whole(blender, film, folder / f"blender{number}", tell)
        off = difference(folder / f"blender{number}" / "one run", folder / "python0" / "one run")
        tell(f"{blender}, against this Blender", off, 1.0)
    print(f"{wrong} of these films are others" if wrong else "all the same film", flush=True)
    return wrong


def _whole(blender: str, film: Path, own: Path, tell: Callable[[str, float, float], None]) -> None:
    """Everything that a whole Blender is told on its command line."""
    first, last = FRAMES[0], FRAMES[-1]
    middle = (first + last) // 2
    backwards = ",".join(map(str, FRAMES[::-1]))

    def out(name: str) -> str:
        return str(own / name / "render" / "####.png")

    program(blender, film, own / "one run", "-o", out("one run"), "-a")
    program(blender, film, own, "-o", out("single frames, backwards"), "-f", backwards)
    for start, end in ((middle + 1, last), (first, middle)):
        program(blender, film, own, "-o", out("-s -e"), "-s", str(start), "-e", str(end), "-a")
    for start in (first + 1, first, first + 2):
        program(blender, film, own, "-o", out("every third"), "-s", str(start), "-e", str(last), "-j", "3", "-a")
    program(blender, film, own, "-t", "1", "-o", out("one thread"), "-a")
    for name in ("single frames, backwards", "-s -e", "every third", "one thread"):
        tell(f"{blender}, {name}", difference(own / name, own / "one run", "render"), 0.0)
    depth = ("--depth", "16", "--output")
    program(blender, film, own, "-c", "doodle_bridge", "bake", *depth, str(own / "one run" / "bake"))
    for part in reversed(chunks(FRAMES, 3)):
        told = ("bake", "--frames", f"{part[0]}-{part[-1]}", *depth, str(own / "chunks" / "bake"))
        program(blender, film, own, "-c", "doodle_bridge", *told)
    tell(f"{blender}, baked in chunks", difference(own / "chunks", own / "one run", "bake"), 0.0)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--also", action="append", default=[], metavar="PYTHON")
    parser.add_argument("--program", action="append", default=[], metavar="BLENDER")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)  # one process: DIR is the .blend
    parser.add_argument("--order", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    import bpy  # noqa: F401  first of all: it makes Blender's own modules importable

    # isort: split
    import addon_utils

    try:
        if options.work is None:
            return 1 if all_splits(options.folder.absolute(), options.also, options.program) else 0
        work(options.folder, options.work, [int(number) for number in options.order.split(",")], options.threads)
        return 0
    finally:
        addon_utils.disable("blender_addon")  # bpy 4.5 hangs at exit while a handler is left


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
