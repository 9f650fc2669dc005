"""Real Blender, in process, as in `tests/blender`."""

from tests.blender.conftest import empty_file, make_doodle, reports

__all__ = ["empty_file", "make_doodle", "reports"]
