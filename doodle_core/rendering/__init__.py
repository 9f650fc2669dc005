"""A drawing to pixels."""

from doodle_core.rendering.painting import View
from doodle_core.rendering.render import coverage, render
from doodle_core.rendering.stencils import NO_STENCILS, Stencils
from doodle_core.rendering.style import LINE_WEIGHT_LIMIT, PLAIN, SOFTNESS_LIMIT, Style

__all__ = [
    "LINE_WEIGHT_LIMIT",
    "NO_STENCILS",
    "PLAIN",
    "SOFTNESS_LIMIT",
    "Stencils",
    "Style",
    "View",
    "coverage",
    "render",
]
