"""A doodle out of Blender: vector films (SVG, Lottie), GIF, MP4 and contact sheets, as one file.

Vector films hold what the doodle draws: where keys are pictures, what was read of them. Softness is for pixels alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .. import requirements, session
from ..keyframes import keys
from ..view import live

if TYPE_CHECKING:
    import numpy as np

    from ..session import FrameRequest

__all__ = ["ENDINGS", "ExportPlan", "frames_of_keys", "write"]

ENDINGS = {"svg": ".svg", "lottie": ".json", "gif": ".gif", "mp4": ".mp4", "sheet": ".png"}
"""The ending of the file of each kind."""
VECTOR = ("svg", "lottie")

Told = Callable[[int], None]


@dataclass(frozen=True)
class ExportPlan:
    """What to export.

    Parameters
    ----------
    path : Path
        Ends as its kind does.
    kind : str
        One of ENDINGS.
    frames : tuple of int
        The scene's frames, one after the other.
    size : int
        Pixels a side of the doodle's square; of one picture in a contact sheet.
    fps : float
    paper : (3,) float or None
        sRGB, 0 to 1. None: no paper, in vector films.
    held : bool
        Whether drawings are held, so that in vector films none flows into the next.
    columns : int
        Of a contact sheet; 0 for as many as make it about square.
    """

    path: Path
    kind: str
    frames: tuple[int, ...]
    size: int
    fps: float
    paper: tuple[float, float, float] | None = (1.0, 1.0, 1.0)
    held: bool = False
    columns: int = 0


def frames_of_keys(ob: bpy.types.Object) -> tuple[int, ...]:
    """The frames at which the keys of a doodle stand."""
    return tuple(sorted({round(time) for time in keys.key_times(ob)}))


def write(context: bpy.types.Context, ob: bpy.types.Object, plan: ExportPlan, told: Told) -> None:
    """Write the file, whole or not at all; the scene returns to the frame it stood at.

    Parameters
    ----------
    told
        Called with the number of each frame of the plan, from 1, once it is drawn.

    Raises
    ------
    DoodleError
        Where a frame cannot be drawn, or the file cannot be written.
    """
    requirements.ensure()
    scene = context.scene
    stood_at = scene.frame_current_final
    try:
        if plan.kind in VECTOR:
            _write_vector(context, ob, plan, told)
        else:
            _write_pictures(context, ob, plan, told)
    finally:
        scene.frame_set(int(stood_at // 1), subframe=stood_at % 1)


def _requests(context: bpy.types.Context, ob: bpy.types.Object, plan: ExportPlan) -> Iterator[FrameRequest]:
    from doodle_core.errors import DoodleError

    for frame in plan.frames:
        with live.paused():  # nobody looks at the frames on the way
            context.scene.frame_set(frame)
        evaluated = ob.evaluated_get(context.evaluated_depsgraph_get())
        if not evaluated.is_evaluated:
            layer = context.view_layer.name
            raise DoodleError(f"'{ob.name}' is hidden in the view layer '{layer}': show it, then export")
        yield keys.frame_request(evaluated, frame, plan.size)


def _write_vector(context: bpy.types.Context, ob: bpy.types.Object, plan: ExportPlan, told: Told) -> None:
    from doodle_core.files.figures import Page
    from doodle_core.files.vector import write_vector
    from doodle_core.window import Window

    requests = []
    for number, request in enumerate(_requests(context, ob, plan), 1):
        requests.append(request)
        told(number)
    held = plan.held or any(request.wobble is not None or request.method == "hold" for request in requests)
    crop = Window(*requests[0].window).crop(plan.size)
    page = Page(crop.width, crop.height, float(plan.size), crop.left, crop.top, plan.paper, plan.fps)
    write_vector(plan.path, session.get().scenes(requests, held), page)


def _write_pictures(context: bpy.types.Context, ob: bpy.types.Object, plan: ExportPlan, told: Told) -> None:
    from doodle_core.files.contact_sheet import contact_sheet
    from doodle_core.sequence import write_gif, write_mp4, write_png

    def drawn() -> Iterator[np.ndarray]:
        for number, request in enumerate(_requests(context, ob, plan), 1):
            yield _on_paper(session.render(request, passing=True), plan.paper or (1.0, 1.0, 1.0))
            told(number)

    if plan.kind == "gif":
        write_gif(plan.path, drawn(), plan.fps)
    elif plan.kind == "mp4":
        write_mp4(plan.path, drawn(), plan.fps)
    else:
        write_png(plan.path, contact_sheet(list(drawn()), [str(frame) for frame in plan.frames], plan.columns))


def _on_paper(rgba: np.ndarray, paper: tuple[float, float, float]) -> np.ndarray:
    """(h, w, 4) linear straight RGBA laid on paper: (h, w, 3) uint8 sRGB. Mixed in sRGB, as picture files are."""
    import numpy as np

    from doodle_core import srgb

    alpha = rgba[..., 3:]
    mixed = srgb.encoded(rgba[..., :3]) * alpha + np.array(paper, np.float32) * (1 - alpha)
    return np.rint(mixed * 255).clip(0, 255).astype(np.uint8)
