"""OpenEXR files as Blender writes them, with every compression that all supported ones know."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.core.fuzzing import Seed, _as_picture

CODECS = ("NONE", "PXR24", "ZIP", "PIZ", "RLE", "ZIPS", "DWAA", "DWAB")


def found(folder: Path) -> dict[str, Seed]:
    """Those that `main` wrote to a folder."""
    return {path.stem: (path.read_bytes, _as_picture) for path in sorted(folder.glob("blender *.exr"))}


def main(folder: Path) -> None:
    import bpy

    image = bpy.data.images.new("seed", 24, 16, alpha=True, float_buffer=True)
    image.pixels = [((i * 37) % 101) / 100 for i in range(24 * 16 * 4)]
    settings = bpy.context.scene.render.image_settings
    settings.file_format = "OPEN_EXR"
    for codec in CODECS:
        for depth in ("16", "32"):
            settings.exr_codec, settings.color_depth = codec, depth
            image.save_render(str(folder / f"blender {codec} {depth}.exr"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
