"""Picture files to pixels, and pixels to drawings."""

from doodle_core.reading.files import (
    EXR_LIMIT,
    MEMORY,
    PIXEL_LIMIT,
    SECONDS,
    SIDE_LIMIT,
    ffmpeg_for,
    read_picture,
)

__all__ = ["EXR_LIMIT", "MEMORY", "PIXEL_LIMIT", "SECONDS", "SIDE_LIMIT", "ffmpeg_for", "read_picture"]
