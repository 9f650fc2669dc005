"""`blender -b FILE -c doodle_bridge bake|info|from-images`: Doodle Bridge without a window, for farms and scripts.

Results are on standard output, progress and errors on standard error. Status: 0 when all is written; 2 when the user
must change something (one line says what); 1 for anything else. The opened file is only written when asked for.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import traceback
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

from . import session
from .keyframes import key_states, keys
from .live_strokes import switching
from .outputs import playback, strokes
from .outputs.folders import folder_name
from .outputs.frames import BakePlan, make_plan, write_frames
from .properties import DoodleSettings, doodles, named
from .sources import grease_pencil, unshown
from .sources.choice import Choice
from .view import framing, strokes_view

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
    except Exception:  # a fault of ours: its traceback helps to mend it, its status stops the farm
        traceback.print_exc()
        return 1
    return 0


def info(context: bpy.types.Context, _options: argparse.Namespace) -> None:
    """What the file holds, as JSON."""
    from doodle_core import __version__
    from doodle_core.errors import DoodleError

    scene = context.scene
    found = [_describe(context, ob) for ob in doodles(scene.objects)]
    try:
        model = session.get().model
        engine, why, name = model.engine_name, model.engine_why, model.card.id
    except DoodleError as error:  # what a farm wants to know before it begins
        engine, why, name = None, str(error), None
    answer = {
        "file": bpy.data.filepath,
        "blender": bpy.app.version_string,
        "version": __version__,
        "engine": engine,
        "engine_why": why,
        "model": name,
        "scene": scene.name,
        "frame": scene.frame_current,
        "frames": [scene.frame_start, scene.frame_end],
        "doodles": found,
    }
    _print_json(answer)


def bake(context: bpy.types.Context, options: argparse.Namespace) -> None:
    """Bake one doodle of the scene, or all. Raises DoodleError; what was written before stays valid."""
    from doodle_core.errors import DoodleError

    file = _checked(options.save)
    if options.strokes:
        for given in ("output", "size", "format", "depth"):
            if getattr(options, given):
                raise DoodleError(f"--{given} is for pictures; leave it out with --strokes")
        if file is None and not bpy.data.filepath:
            raise DoodleError("strokes go into the .blend: open one, or give --save FILE")
        results = [_bake_strokes(context, ob, options) for ob in _chosen(context, options)]
    else:
        # All plans first: a mistake in the last one is reported before the first picture.
        plans = _plans(context, options)
        results = [_bake_pictures(plan) for plan in plans]
        if file is not None:
            for plan in plans:
                ob = named(context.scene, plan.doodle, plan.library)
                assert ob is not None  # it was baked
                playback.play(ob, plan)
    if file is not None or options.strokes:
        _save(file or Path(bpy.data.filepath))
    if options.json:
        _print_json({"file": bpy.data.filepath, "saved": file is not None or options.strokes, "doodles": results})
    elif not options.strokes:
        for result in results:
            print(result["folder"], flush=True)
    if not options.json and (file is not None or options.strokes):
        print(bpy.data.filepath, flush=True)


def _bake_pictures(plan: BakePlan) -> dict[str, Any]:
    written = 0
    for done, new in enumerate(write_frames(plan), start=1):
        written += new
        print(f"{plan.doodle}: {done}/{plan.count}", file=sys.stderr, flush=True)
    print(f"{plan.doodle}: {written} written, {plan.count - written} unchanged", file=sys.stderr, flush=True)
    return {
        "name": plan.doodle,
        "folder": str(plan.folder),
        "frames": [plan.start, plan.end],
        "size": plan.size,
        "format": plan.kind,
        "written": written,
        "unchanged": plan.count - written,
    }


def _bake_strokes(context: bpy.types.Context, ob: bpy.types.Object, options: argparse.Namespace) -> dict[str, Any]:
    plan = strokes.make_plan(context, ob, frames=options.frames, step=options.step, overwrite=options.overwrite)
    found = strokes.bake(context, plan)
    kept = f"; changed by hand and kept: {', '.join(map(str, found.kept))}" if found.kept else ""
    print(f"{ob.name}: {found.between} in-betweens and {found.on_keys} keys{kept}", file=sys.stderr, flush=True)
    layers = strokes_view.own_layers(ob)
    return {
        "name": ob.name,
        "layer": next(reversed(layers.values()), ""),
        "layers": list(layers.values()),
        "frames": [plan.first, plan.last],
        "in_betweens": found.between,
        "keys": found.on_keys,
        "kept": list(found.kept),
    }


def from_images(context: bpy.types.Context, options: argparse.Namespace) -> None:
    """A doodle from picture files, in the opened file or in an empty one. Raises DoodleError; then nothing is saved."""
    from .operators.from_images import make_from
    from .sources.images import Sheet

    file = _checked(options.save)
    assert file is not None  # required
    alone = not bpy.data.filepath
    if alone:
        bpy.ops.wm.read_homefile(use_empty=True)
        context = bpy.context
    paths, (columns, rows) = [_path(picture) for picture in options.pictures], options.grid
    made, skipped = make_from(
        context,
        paths,
        Sheet(columns, rows, options.ink, options.sensitivity, options.smallest, options.paper),
        start=options.start,
        every=options.every,
        size=options.size,
    )
    if alone:
        _stage(context, made)
    _save(file)
    print(f"{made.name}: {len(made.doodle_bridge.keys)} keys from {len(paths)} pictures", file=sys.stderr, flush=True)
    if skipped:
        names = ", ".join(map(str, skipped))
        print(f"{made.name}: nothing is drawn for frames {names}: skipped", file=sys.stderr, flush=True)
    if options.json:
        _print_json({"file": bpy.data.filepath, "name": made.name, "keys": keys.key_times(made), "skipped": skipped})
    else:
        print(bpy.data.filepath, flush=True)


def _stage(context: bpy.types.Context, ob: bpy.types.Object) -> None:
    """A camera that sees just the doodle, and a scene as long as it is: the file renders as it is."""
    scene, settings = context.scene, ob.doodle_bridge
    crop, times = framing.load(settings).crop(settings.size), keys.key_times(ob)
    scene.frame_start, scene.frame_end = round(times[0]), round(times[-1])
    scene.frame_set(scene.frame_start)
    data = bpy.data.cameras.new("Camera")
    sides: Any = ob.dimensions
    data.type, data.ortho_scale = "ORTHO", max(sides)
    camera = bpy.data.objects.new("Camera", data)
    scene.collection.objects.link(camera)
    context.view_layer.update()
    square: Any = ob.matrix_world.normalized()
    camera.matrix_world = square
    corners = [ob.matrix_world @ corner.co for corner in ob.data.vertices]
    camera.location = sum(corners, Vector()) / len(corners) + 5 * square.to_3x3().col[2]
    scene.camera = camera
    render = scene.render
    render.resolution_x, render.resolution_y = crop.width, crop.height
    render.film_transparent = True
    scene.view_settings.view_transform = "Standard"  # ink in the colour that it was given


def _checked(path: Path | None) -> Path | None:
    """Where a file is to be saved, before anything is done. Raises DoodleError where it cannot be."""
    from doodle_core.errors import DoodleError

    if path is None:
        return None
    if path.suffix != ".blend":
        raise DoodleError(f"'{path}' is not the name of a Blender file: let it end in .blend")
    if not path.parent.is_dir():
        raise DoodleError(f"'{path.parent}' is no folder: make it, or save elsewhere")
    return path


def _save(path: Path) -> None:
    from doodle_core.errors import DoodleError

    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False)
    except RuntimeError as error:
        raise DoodleError(f"{path} cannot be saved: {str(error).strip().splitlines()[-1]}") from error


def _chosen(context: bpy.types.Context, options: argparse.Namespace) -> list[bpy.types.Object]:
    from doodle_core.errors import DoodleError

    scene = context.scene
    # This file's own first: one that is linked may have the same name.
    found = sorted(doodles(scene.objects), key=lambda ob: ob.library is not None)
    wanted = [ob for ob in found if ob.name == options.doodle]
    if options.doodle is not None and not wanted:
        there = ", ".join(f"'{name}'" for name in sorted({ob.name for ob in found})) or "none"
        raise DoodleError(f"no doodle '{options.doodle}' in the scene '{scene.name}'; there are: {there}")
    if not found:
        raise DoodleError(f"the scene '{scene.name}' has no doodle: make one with New Doodle first")
    return found if options.doodle is None else wanted[:1]


def _plans(context: bpy.types.Context, options: argparse.Namespace) -> list[BakePlan]:
    plans = []
    for ob in _chosen(context, options):
        folder = options.output
        if folder is not None and options.doodle is None:
            folder = folder / folder_name(ob)  # several doodles, or it could be several: one folder each
        plan = make_plan(
            context,
            switching.for_pictures(context, ob),
            folder=folder,
            frames=options.frames,
            size=options.size,
            kind=options.format,
            depth=options.depth,
            overwrite=options.overwrite,
        )
        plans.append(plan)
        made = named(context.scene, plan.doodle, plan.library)
        missing = "" if made is None else unshown.of_doodle(made)
        if missing:
            print(f"{plan.doodle}: {missing}", file=sys.stderr, flush=True)
    return plans


def _describe(context: bpy.types.Context, ob: bpy.types.Object) -> dict[str, object]:
    depsgraph = context.evaluated_depsgraph_get()
    settings = ob.evaluated_get(depsgraph).doodle_bridge
    glance = key_states.Glance()
    for _ in key_states.glances(ob, context.scene, depsgraph, glance):
        pass
    states = key_states.judged(keys.stored(ob.doodle_bridge), glance.keyframes, glance.digests, glance.pictures)
    return {
        "name": ob.name,
        "keys": keys.key_times(ob) if len(settings.keys) else [],
        "states": states,
        "position": settings.position,
        "method": settings.method,
        "sigma": settings.sigma,
        "seed": settings.seed,
        "stepped": settings.stepped,
        "boil": settings.boil,
        "boil_step": settings.boil_step,
        "boil_cycle": settings.boil_cycle,
        "loop": settings.loop,
        "ink": settings.ink,
        "opacity": settings.opacity,
        "pin": settings.pin,
        "size": settings.size,
        "model": settings.model_id,
        "source": settings.source.name if settings.source is not None else None,
        "layers": _layers(settings),
        "baked": [settings.bake_start, settings.bake_end] if settings.is_baked else None,
        "missing": [str(path) for path in playback.missing(ob)],
    }


def _layers(settings: DoodleSettings) -> list[str]:
    """The layers that a doodle's keys come from."""
    source = settings.source
    return grease_pencil.layer_names(source, Choice.of(settings)) if grease_pencil.is_grease_pencil(source) else []


def _print_json(answer: dict[str, Any]) -> None:
    # One line, the last: Blender says things of its own on standard output, too.
    print(json.dumps(answer, ensure_ascii=False), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"blender -b FILE -c {COMMAND}",
        description="Doodle Bridge without a window. Results are on standard output, progress and errors on standard "
        "error. Status: 0 all is written, 2 something must be changed (one line says what), 1 anything else. JSON is "
        "one line, the last: Blender may say something before.",
    )
    commands = parser.add_subparsers(required=True, metavar="bake|info|from-images")
    baking = commands.add_parser(
        "bake",
        help="write doodles as image sequences, or as Grease Pencil strokes",
        description="Write doodles as image sequences. Pictures that are on disk as they should be are left alone, so "
        "any number of machines may bake parts of a range into one folder. Prints the folders, one a line.",
    )
    baking.add_argument("--doodle", metavar="NAME", help="only the doodle of this name (default: all in the scene)")
    baking.add_argument("--frames", metavar="A-B", type=_frames, help="first and last frame (default: as in the file)")
    baking.add_argument(
        "--output",
        metavar="DIR",
        type=_path,
        help="folder for the pictures; without --doodle, for a folder of each (default: as in the file)",
    )
    baking.add_argument("--size", metavar="PX", type=_size, help="width and height in pixels (default: as in the file)")
    baking.add_argument("--format", choices=("png", "exr"), help="file format (default: as in the file)")
    baking.add_argument("--depth", type=int, choices=(8, 16), help="bits a channel of a PNG (default: as in the file)")
    baking.add_argument(
        "--overwrite",
        action="store_true",
        help="write pictures too that are on disk as they should be, and strokes that were changed by hand",
    )
    baking.add_argument(
        "--strokes",
        action="store_true",
        help="write Grease Pencil strokes instead, and save the file (see --save)",
    )
    baking.add_argument(
        "--step",
        metavar="N",
        type=_number,
        default=2,
        help="strokes: frames from one drawing to the next (default: %(default)s, on twos)",
    )
    baking.add_argument(
        "--save",
        metavar="FILE",
        type=_path,
        help="let the planes play the pictures and save that as FILE, which then renders in any Blender (default: "
        "the file stays as it is; with --strokes it is saved)",
    )
    baking.add_argument("--json", action="store_true", help="print what was done as JSON")
    baking.set_defaults(run=bake)
    telling = commands.add_parser("info", help="what the file holds, as JSON")
    telling.set_defaults(run=info)
    making = commands.add_parser(
        "from-images",
        help="make a doodle from pictures, and save it as a Blender file",
        description="Make a doodle from picture files, or from the cells of sheets. With no FILE opened it is alone in "
        "an empty scene, with a camera that sees just it. Prints the file that was saved.",
    )
    making.add_argument("pictures", nargs="+", metavar="PICTURE")
    making.add_argument(
        "--grid", metavar="COLSxROWS", type=_grid, default=(1, 1), help="cut each picture into cells (default: 1x1)"
    )
    making.add_argument(
        "--every",
        metavar="N",
        type=_number,
        default=12,
        help="frames from one key to the next (default: %(default)s)",
    )
    making.add_argument("--start", metavar="N", type=int, default=1, help="frame of the first key (default: 1)")
    making.add_argument(
        "--ink",
        choices=("auto", "dark", "light", "colours"),
        default="auto",
        help="which ink is the drawing (default: auto)",
    )
    making.add_argument(
        "--sensitivity", metavar="S", type=float, default=0.5, help="0 to 1: how faint a line may be (default: 0.5)"
    )
    making.add_argument(
        "--smallest", metavar="PERCENT", type=float, default=0.3, help="shorter lines are dust (default: 0.3)"
    )
    making.add_argument(
        "--paper", choices=("removed", "kept"), default="removed", help="whether paper is drawn (default: removed)"
    )
    making.add_argument(
        "--size", metavar="PX", type=_size, default=512, help="width and height in pixels (default: %(default)s)"
    )
    making.add_argument("--save", metavar="NEW.blend", type=_path, required=True, help="where to save")
    making.add_argument("--json", action="store_true", help="print what was done as JSON")
    making.set_defaults(run=from_images)
    return parser


def _frames(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not a range of frames: write 1-48, or 7 for one frame")
    return int(found[1]), int(found[2] or found[1])


def _grid(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,2})x(\d{1,2})", text)
    if found is None or not (0 < int(found[1]) <= 64 and 0 < int(found[2]) <= 64):
        raise argparse.ArgumentTypeError(f"'{text}' is not a grid: write columns and rows, up to 64 each, such as 4x2")
    return int(found[1]), int(found[2])


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of frames: write 1 or more")
    return int(text)


def _size(text: str) -> int:
    if not text.isdecimal() or not 16 <= int(text) <= 8192:
        raise argparse.ArgumentTypeError(f"'{text}' is not a size: write a number from 16 to 8192")
    return int(text)


def _path(text: str) -> Path:
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
