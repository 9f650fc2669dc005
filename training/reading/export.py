"""Write a trained reader beside the matcher, as ONNX and safetensors.

    python -m training.reading.export build/reader --output weights

Weights are stored in half precision in both formats and computed with in single precision. The card of the model there
gets an entry "reader", hashes, and figures for the self-test. Fails, and writes nothing, unless torch and ONNX Runtime
agree.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from doodle_core import self_test
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.reading.network import Reader, ReaderConfig, fuse
from training.export import write_graph

__all__ = ["export", "fused", "main", "write_onnx"]

TOLERANCE = 1e-3
"""How far answers of torch and ONNX Runtime may differ, of numbers larger than 1 by this share."""
FILES = ("reader.onnx", "reader.safetensors")


def fused(trained: Reader, config: ReaderConfig) -> Reader:
    """A copy of a network, on the CPU, without normalisations."""
    copy = Reader(config)
    copy.load_state_dict(trained.state_dict())
    return fuse(copy)


def write_onnx(ready: Reader, path: Path) -> None:
    """Write a fused network as ONNX: input "picture" (B, 3, H, W), output "cells" (B, CHANNELS, H / 4, W / 4)."""
    part = path.with_name(f"{path.stem}.part.onnx")
    height, width = (8 * torch.export.Dim(name, min=2, max=4096) for name in ("rows", "columns"))
    write_graph(
        ready,
        {"picture": torch.rand(2, 3, 64, 72)},
        ["cells"],
        part,
        shapes=[{0: torch.export.Dim("batch", min=1), 2: height, 3: width}],
    )
    part.replace(path)


def export(run: Path, output: Path) -> dict[str, Any]:
    """Write a run's reader to a folder with the model that it is to stand beside.

    Parameters
    ----------
    run : Path
        Folder of the run, with its checkpoint.
    output : Path
        Folder with a card.

    Returns
    -------
    dict
        What the card says of the reader.

    Raises
    ------
    ValueError
        Naming the file, where there is no checkpoint or no card.
    RuntimeError
        Where the engines disagree.
    """
    checkpoint, card_path = run / "checkpoint.pt", output / "card.json"
    for path, hint in ((checkpoint, "train first"), (card_path, "export a matcher first")):
        if not path.exists():
            raise ValueError(f"{path}: not found; {hint}")
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    card = json.loads(card_path.read_text(encoding="utf-8"))
    config = ReaderConfig(**state["config"]["network"])
    trained = Reader(config)
    trained.load_state_dict(state["mean"])
    ready = fuse(trained).requires_grad_(False)
    for parameter in ready.parameters():
        parameter.copy_(parameter.half().float())
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent) as temporary:
        folder = Path(temporary)
        write_onnx(ready, folder / FILES[0])
        save_file({name: tensor.half().contiguous() for name, tensor in ready.state_dict().items()}, folder / FILES[1])
        engine = OnnxEngine(folder)
        differ = max(_differ(engine, ready, *shape) for shape in ((1, 64, 72), (3, 40, 200)))
        if not differ <= TOLERANCE:
            raise RuntimeError(f"torch and ONNX Runtime differ by {differ:.2g}, over {TOLERANCE:g}; nothing written")
        card["reader"] = {"network": state["config"]["network"]} | _record(state, ready, differ)
        for name in FILES:
            card["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        card.setdefault("self_test", {})["reader"] = self_test.seen(engine)
        (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
        for name in (*FILES, "card.json"):  # the card last: it vouches for the others
            shutil.copyfile(folder / name, output / (name + ".part"))
            (output / (name + ".part")).replace(output / name)
    return dict(card["reader"])


def _record(state: dict[str, Any], ready: Reader, differ: float) -> dict[str, Any]:
    """How a run went, for the card."""
    return {
        "parameters": sum(parameter.numel() for parameter in ready.parameters()),
        "training": {
            "command": f"python -m training.reading.train --minutes {state['config']['minutes']:g}",
            "machine": state["machine"],
            "minutes": round(state["seconds"] / 60, 1),
            "drawing_share": round(state["drawing"] / state["seconds"], 3),
            "steps": state["step"],
            "parts_of_pictures": state["pictures"],
            "config": state["config"],
        },
        "held_out": state["history"][-1] if state["history"] else {},
        "engines_differ_at_most": float(f"{differ:.2g}"),
    }


def _differ(engine: OnnxEngine, ready: Reader, count: int, height: int, width: int) -> float:
    """How far torch and ONNX Runtime differ for some pictures."""
    pictures = torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(height))
    ours = ready(pictures).numpy()
    (theirs,) = engine.run("reader", picture=pictures.numpy())
    return float((np.abs(ours - theirs) / np.maximum(1.0, np.abs(ours))).max())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.reading.export", description="Export a trained reader.")
    parser.add_argument("run", type=Path, nargs="?", default=Path("build/reader"), help="folder of the run")
    parser.add_argument("--output", type=Path, default=Path("weights"))
    options = parser.parse_args(arguments)
    try:
        entry = export(options.run, options.output)
    except (ValueError, RuntimeError, OSError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    size = (options.output / FILES[0]).stat().st_size
    print(f"{options.output}: reader, {size / 1e6:.2f} MB in one format, held out {entry['held_out']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
