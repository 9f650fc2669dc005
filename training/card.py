"""Measure a set of weights and write its model card for people.

    python -m training.card weights

Evaluates the set in full and in short, writes evaluation.json (figures by row; the short ones are what a test holds
the weights to) and README.md with the table, the training's own record, and strips of the best and the worst scenes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from doodle_core.errors import DoodleError

from .evaluate import Result, evaluate, plain, table

__all__ = ["main", "write_card"]

SHOWN = 3
"""Strips of so many of the worst scenes, and of so many of the best."""

TEXT = """# {name}

A drawing of 64 x 64 pixels goes in as a signed field, {latent} numbers (its *latent*) come out, and go back to a
field. The latents of two drawings can be mixed, and the decoder was taught what then has to appear: the drawing
half-way, as moved parameters draw it. Identity `{id}`. Licence: CC0-1.0.

## How it was made
- Network: `{kind}`, {encoder:.2f} million parameters in the encoder, {decoder:.2f} in the decoder; stored in half
  precision, computed in single.
- Data: only doodles drawn by `training/motion.py` as it trained, {drawings:,} of them; none was seen twice, none was
  drawn by a person.
- Command: `{command}`, then `python -m training.export RUN --output weights`.
- Machine: {machine}; {minutes:.0f} minutes, of which drawing the data took {share:.0%}; {steps:,} steps.
- On doodles of the training's own kinds, never trained on: key IoU {held_key}, in-between IoU {held_between}.

## What it does
`python -m training.card weights` ({evaluated}) on {scenes} scenes that training never draws. In-betweens at 1/4, 1/2
and 3/4 of every segment, 64 pixels. *Encoder only*: the encoder's answer; *refined*: after {rounds} rounds of
descent, as in Blender; *pinned*: with the keys' own drawings at the keys; all along straight ways, the last row
along circular ones. *Of strangers*: pieces beyond the keys' own between drawings that have nothing in
common.

{table}

The strips below show the truth and each way's rows; keys have a frame.

## The worst three
{worst}

## The best three
{best}

## Limits
- It has seen at most 12 strokes, lines of 1 to 6 pixels of 64, and few solid shapes. Dense drawings, hatching and
  large black areas come back simplified. Lines thinner than 1.2 of 64 pixels are thickened before they are encoded.
- It redraws, it does not trace: away from the keys, ends, corners and small loops soften, and strokes that lie close
  together run into one another. Pinning shows the animator's own drawing at the keys.
- Where a limb turns far or a shape travels far between two keys, the middle breaks up. Another key helps.
- Between drawings that have nothing in common there is no true in-between; expect the one to dissolve into the other.
"""


def _strips(scenes: Sequence[str]) -> str:
    return "\n\n".join(f"**{name}**\n\n![{name}](strips/{name}.png)" for name in scenes)


def write_card(folder: Path) -> list[Result]:
    """Evaluate the set in `folder` and write its README.md, evaluation.json and strips/; the full results."""
    from doodle_core.model import DoodleModel

    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        drawn = Path(temporary)
        results = evaluate([folder], strips=drawn)
        short = evaluate([folder], short=True)
        refined = next(r for r in results if r.label.endswith(", refined"))
        order = refined.worst(len(refined.scenes))
        worst, best = order[:SHOWN], order[: -SHOWN - 1 : -1]
        shutil.rmtree(folder / "strips", ignore_errors=True)
        (folder / "strips").mkdir()
        for name in [*worst, *best]:
            shutil.copyfile(drawn / f"{name}.png", folder / "strips" / f"{name}.png")
    record: dict[str, Any] = {
        "model": card["id"],
        "command": "python -m training.card weights",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "full": [plain(asdict(r)) for r in results],
        "short": [plain(asdict(r)) for r in short],
    }
    (folder / "evaluation.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    training = card["training"]
    text = TEXT.format(
        name=card["name"],
        id=card["id"],
        latent=card["network"]["latent"],
        kind=card["network"]["kind"],
        encoder=card["parameters"]["encoder"] / 1e6,
        decoder=card["parameters"]["decoder"] / 1e6,
        drawings=training["drawings"],
        command=training["command"],
        machine=training["machine"],
        minutes=training["minutes"],
        share=training["drawing_share"],
        steps=training["steps"],
        held_key=card["held_out"]["key_iou"],
        held_between=card["held_out"].get("between_iou", "-"),
        evaluated=record["machine"],
        scenes=len(refined.scenes),
        rounds=DoodleModel.ROUNDS,
        table=table(results),
        worst=_strips(worst),
        best=_strips(best),
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.card", description="Measure a set and write its card.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("weights"))
    options = parser.parse_args(arguments)
    try:
        results = write_card(options.folder)
    except (DoodleError, OSError, KeyError) as error:
        print(f"card: {error}", file=sys.stderr)
        return 2
    print(table(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
