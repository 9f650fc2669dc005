"""Which frames a bake takes: what the doodle's settings say, of the scene that it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from ..properties import DoodleSettings

__all__ = ["frame_range"]


def frame_range(scene: bpy.types.Scene, settings: DoodleSettings) -> tuple[int, int]:
    """First and last frame to bake, both included: the scene's, its preview range where one is set, or those of the
    settings. Raises DoodleError when the last comes before the first."""
    from doodle_core.errors import DoodleError

    first, last = scene.frame_start, scene.frame_end
    if settings.bake_range == "custom":
        first, last = settings.bake_first, settings.bake_last
    elif settings.bake_range == "preview" and scene.use_preview_range:
        first, last = scene.frame_preview_start, scene.frame_preview_end
    if last < first:
        raise DoodleError(f"frames {first}-{last} end before they start: give the first frame first")
    return first, last
