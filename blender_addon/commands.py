"""`blender -b FILE -c doodle_bridge bake|info`: Doodle Bridge without a window, for render farms and scripts.

Pictures go to disk, the .blend stays as it is. Results are on standard output, progress and errors on standard error.
Status: 0 when all is written, 2 when the user must change something (one line says what).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

import bpy

from . import keys
from .outputs.frames import BakePlan, file_name, make_plan, write_frames
from .properties import doodles

COMMAND = "doodle_bridge"
_handle: object | None = None


def main(arguments: list[str]) -> int:
    """Run the command with what follows its name. Returns the exit status."""
    from doodle_core.errors import DoodleError

    try:
        options = _parser().parse_args(arguments)
    except SystemExit as leaving:  # --help, or arguments that make no sense: argparse has said what is to say
        return int(leaving.code or 0)
    try:
        options.run(bpy.context, options)
    except DoodleError as error:
        print(f"{COMMAND}: {error}", file=sys.stderr)
        return 2
    return 0


def info(context: bpy.types.Context, _options: argparse.Namespace) -> None:
    """What the file holds, as JSON."""
    scene = context.scene
    found = [_describe(context, ob) for ob in doodles(scene.objects)]
    answer = {
        "file": bpy.data.filepath,
        "blender": bpy.app.version_string,
        "scene": scene.name,
        "frame": scene.frame_current,
        "frames": [scene.frame_start, scene.frame_end],
        "doodles": found,
    }
    print(json.dumps(answer, indent=2, ensure_ascii=False), flush=True)


def bake(context: bpy.types.Context, options: argparse.Namespace) -> None:
    """Bake one doodle of the scene, or all. Raises DoodleError; what was written before stays valid."""
    # All plans first: a mistake in the last one is told before the first picture.
    for plan in _plans(context, options):
        written = 0
        for done, new in enumerate(write_frames(plan), start=1):
            written += new
            print(f"{plan.doodle}: {done}/{plan.count}", file=sys.stderr, flush=True)
        print(f"{plan.doodle}: {written} written, {plan.count - written} unchanged", file=sys.stderr, flush=True)
        print(plan.folder, flush=True)


def _plans(context: bpy.types.Context, options: argparse.Namespace) -> list[BakePlan]:
    from doodle_core.errors import DoodleError

    scene = context.scene
    found = {ob.name: ob for ob in doodles(scene.objects)}
    if options.doodle is not None and options.doodle not in found:
        there = ", ".join(f"'{name}'" for name in sorted(found)) or "none"
        raise DoodleError(f"no doodle '{options.doodle}' in the scene '{scene.name}'; there are: {there}")
    if not found:
        raise DoodleError(f"the scene '{scene.name}' has no doodle: make one with New Doodle first")
    chosen = [found[options.doodle]] if options.doodle is not None else list(found.values())
    plans = []
    for ob in chosen:
        folder = options.output
        if folder is not None and options.doodle is None:
            folder = folder / file_name(ob.name)  # several doodles, or it could be several: one folder each
        plan = make_plan(
            context,
            ob,
            folder=folder,
            frames=options.frames,
            size=options.size,
            kind=options.format,
            depth=options.depth,
            overwrite=options.overwrite,
        )
        plans.append(plan)
    return plans


def _describe(context: bpy.types.Context, ob: bpy.types.Object) -> dict[str, object]:
    settings = ob.evaluated_get(context.evaluated_depsgraph_get()).doodle_bridge
    return {
        "name": ob.name,
        "keys": keys.key_times(ob) if len(settings.keys) else [],
        "position": settings.position,
        "method": settings.method,
        "sigma": settings.sigma,
        "seed": settings.seed,
        "pin": settings.pin,
        "size": settings.size,
        "model": settings.model_id,
        "source": settings.source.name if settings.source is not None else None,
        "layer": settings.layer,
        "baked": [settings.bake_start, settings.bake_end] if settings.is_baked else None,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"blender -b FILE -c {COMMAND}", description="Doodle Bridge without a window")
    commands = parser.add_subparsers(required=True, metavar="bake|info")
    baking = commands.add_parser("bake", help="write doodles as image sequences")
    baking.add_argument("--doodle", metavar="NAME", help="only the doodle of this name (default: all in the scene)")
    baking.add_argument("--frames", metavar="A-B", type=_frames, help="first and last frame (default: as in the file)")
    baking.add_argument(
        "--output",
        metavar="DIR",
        type=_folder,
        help="folder for the pictures; without --doodle, for a folder of each (default: as in the file)",
    )
    baking.add_argument("--size", metavar="PX", type=_size, help="width and height in pixels (default: as in the file)")
    baking.add_argument("--format", choices=("png", "exr"), help="file format (default: as in the file)")
    baking.add_argument("--depth", type=int, choices=(8, 16), help="bits a channel of a PNG (default: as in the file)")
    baking.add_argument(
        "--overwrite", action="store_true", help="write pictures too that are on disk as they should be"
    )
    baking.set_defaults(run=bake)
    telling = commands.add_parser("info", help="what the file holds, as JSON")
    telling.set_defaults(run=info)
    return parser


def _frames(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not a range of frames: write 1-48, or 7 for one frame")
    return int(found[1]), int(found[2] or found[1])


def _size(text: str) -> int:
    if not text.isdecimal() or not 16 <= int(text) <= 8192:
        raise argparse.ArgumentTypeError(f"'{text}' is not a size: write a number from 16 to 8192")
    return int(text)


def _folder(text: str) -> Path:
    # Blender has its own sign for "beside the .blend"; anything else is relative to where the command was typed.
    return Path(bpy.path.abspath(text)).absolute()


def register() -> None:
    global _handle
    _handle = bpy.utils.register_cli_command(COMMAND, main)


def unregister() -> None:
    global _handle
    if _handle is not None:
        bpy.utils.unregister_cli_command(_handle)
        _handle = None
