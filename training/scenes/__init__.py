"""Drawings whose motion is known, to measure in-betweens by. None of this is ever trained on.

Kept apart from the families of `training.motion`: other code, other kinds of drawing. Between two keys the parameters
of a scene (joint angles, sizes, phases, the share written) go evenly, so shapes turn along arcs, bend and grow.
"""

from __future__ import annotations

from training.scenes import creatures, figures, growth, strangers, things
from training.scenes.scene import Scene

__all__ = ["SCENES", "Scene"]

SCENES: tuple[Scene, ...] = (
    *figures.SCENES,
    *growth.SCENES,
    *things.SCENES,
    *creatures.SCENES,
    *strangers.SCENES,
)
