"""Measure a set of weights and write its model card for people.

    python -m training.card weights --beside weights/mixer

Evaluates the set in full and in short, writes evaluation.json (figures by row; the short ones are what a test holds
the weights to) and README.md with the table, the training's own record, and strips of the best and the worst scenes.
The full table also has the rows of the models in the folders named by --beside.
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

from doodle_core.dense.model import DenseModel
from doodle_core.errors import DoodleError

from .evaluate import PICTURE, SIGMA, Result, evaluate, plain, stroke_times, table

__all__ = ["card_text", "main", "write_card"]

SHOWN = 3
"""Strips of so many of the worst scenes, and of so many of the best."""

DENSE = """# {name}

A drawing of 64 x 64 pixels goes in as a signed field, {latent} numbers (its *latent*) come out, and go back to a
field. The latents of two drawings can be mixed, and the decoder was taught what then has to appear: the drawing
half-way, as moved parameters draw it. Identity `{id}`. Licence: CC0-1.0.

## How it was made
- Network: `{kind}`, {encoder:.2f} million parameters in the encoder, {decoder:.2f} in the decoder; stored in half
  precision, computed in single.
- Data: only doodles drawn by `training/motion.py` as it trained, {drawings:,} of them; none was seen twice, none was
  drawn by a person.
- Command: `{command}`, then `python -m training.export RUN --output {folder}`.
- Machine: {machine}; {minutes:.0f} minutes, of which drawing the data took {share:.0%}; {steps:,} steps.
- On doodles of the training's own kinds, never trained on: key IoU {held_key}, in-between IoU {held_between}.

## What it does
`{measured}` ({evaluated}) on {scenes} scenes that training never draws. In-betweens at 1/4, 1/2
and 3/4 of every segment, 64 pixels. *Encoder only*: the encoder's answer; *refined*: after {rounds} rounds of
descent, as in Blender; *pinned*: with the keys' own drawings at the keys; all along straight ways, the last row
along circular ones. *Of strangers*: pieces beyond the keys' own between drawings that have nothing in
common. Multiply-adds are the decoder's, milliseconds those of a whole frame.

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

STROKES = """# {name}

A drawing is its own *latent*: lines and areas in paint order, as they were drawn, or as they are read of a picture. A
key therefore comes back exactly. What the network has learned is what lies between two drawings of lines: which piece
of line became which. Identity `{id}`. Licence: CC0-1.0.

## How it was made
- Network: the matcher, {matcher:.2f} million parameters: {blocks} rounds of attention within and across two drawings.
  Stored in half precision, computed in single.
- Data: only doodles drawn by `training/motion.py` as it trained, {pairs:,} pairs of keys with known motion
  (`training/pairs.py`); none was seen twice, none was drawn by a person.
- Command: `{command}`, then `python -m training.export RUN --output {folder}`.
- Machine: {machine}; {minutes:.0f} minutes, of which drawing the data took {share:.0%}; {steps:,} steps.
- On doodles of the training's own kinds, never trained on: a piece's best match lies {held[error_median]:.2f} pixels
  of 64 from where the piece truly went (median; mean {held[error_mean]:.2f}); {held[error_far]:.1%} of the pieces are
  over 5 pixels off. Of the nearest ink, which knows nothing of motion: {held[nearest_median]:.2f}, mean
  {held[nearest_mean]:.2f}, {held[nearest_far]:.1%}.
{reader}
## What it does
`{measured}` ({evaluated}) on {scenes} scenes that training never draws. In-betweens at 1/4,
1/2 and 3/4 of every segment, 64 pixels. *From pictures*: the keys are pictures of {picture} pixels, which the program
traces; all other rows: the keys are strokes, in any order, from either end, closed ones from any point, differently at
every key. *Pinned*: with the keys' own drawings at the keys, as strokes are in any case. *Circular*, *spherical*,
*cubic*: the methods; the other rows go straight. *Sigma {sigma}*: shaken. *Of strangers*: pieces beyond the keys' own
between drawings that have nothing in common. Multiply-adds are those of a dense model's decoder; milliseconds are
those of a whole frame between two keys that are matched, of 64 and of 512 pixels (median over the scenes).

{table}

What comes before the picture, in milliseconds of processor time (median): {read:.0f} to read a key given as a picture;
{match:.0f} to match two keys and {align:.1f} to align them, once; {pose:.2f} for the drawing of a frame.

The strips below show the truth and each way's rows; keys have a frame.

## The worst three: {worst_names}
{worst}

## The best three: {best_names}
{best}

## Limits
- The network matches small drawings of lines. Areas, and drawings of many lines, are matched shape by shape, without
  anything learned (`doodle_core/matching/shapes.py`).
- Of a picture lines are read. Solid areas and translucent ink become thick lines along their middle, at full strength;
  what lines looked like where they cross or touch is guessed. Drawings of strokes stay as they are.
- It has learned from at most 12 strokes a drawing, not from drawings of people. Where like lines lie close together, or
  much moves far between two keys, pieces are given to the wrong line, and lines cross over in between. Another key
  helps.
- A line that only one of two keys has grows out of what it touches, or out of a point. A line that breaks in two or
  joins another may do so at the wrong place.
- Between drawings that have nothing in common there is no true in-between; expect lines to turn into other lines.
"""

READER = """- The reader of pictures, {parameters:.2f} million parameters, tells which lines pass through each 4 x 4
  pixels. Data: only drawings of `training/reading/`, {parts:,} parts of pictures of them; none was drawn by a person.
  `{command}`, then `python -m training.reading.export`; {machine}, {minutes:.0f} minutes,
  of which drawing took {share:.0%}; {steps:,} steps. How well it reads, by medium: docs/training.md.
"""


def _strips(scenes: Sequence[str]) -> str:
    return "\n\n".join(f"**{name}**\n\n![{name}](strips/{name}.png)" for name in scenes)


def write_card(folder: Path, beside: Sequence[Path] = ()) -> list[Result]:
    """Evaluate the set in `folder` and write its README.md, evaluation.json and strips/; the full results.

    beside: folders of other models, for the table. Raises DoodleError, naming the file, where a model does not load.
    """
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        drawn = Path(temporary)
        results = evaluate([folder], strips=drawn, beside=beside)
        short = evaluate([folder], short=True)
        worst, best = _extremes(_judged(card, results))
        shutil.rmtree(folder / "strips", ignore_errors=True)
        (folder / "strips").mkdir()
        for name in [*worst, *best]:
            shutil.copyfile(drawn / f"{name}.png", folder / "strips" / f"{name}.png")
    shown = [path.name if path.is_absolute() else path.as_posix() for path in (folder, *beside)]
    record: dict[str, Any] = {
        "model": card["id"],
        "folder": shown[0],
        "command": " --beside ".join([f"python -m training.card {shown[0]}", *shown[1:]]),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        **({"milliseconds": stroke_times(folder)} if card["network"]["kind"] == "strokes" else {}),
        "full": [plain(asdict(r)) for r in results],
        "short": [plain(asdict(r)) for r in short],
    }
    (folder / "evaluation.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card_text(card, record, results), encoding="utf-8")
    return results


def _judged(card: dict[str, Any], results: Sequence[Result]) -> Result:
    """The row by which scenes are told to be good or bad: the model's own redrawing, straight from key to key."""
    row = ", from strokes" if card["network"]["kind"] == "strokes" else ", refined"
    return next(r for r in results if r.label.endswith(row))


def _extremes(judged: Result) -> tuple[list[str], list[str]]:
    """Names of the worst scenes, worst first, and of the best, best first."""
    order = judged.worst(len(judged.scenes))
    return order[:SHOWN], order[: -SHOWN - 1 : -1]


def card_text(card: dict[str, Any], record: dict[str, Any], results: Sequence[Result]) -> str:
    """The card for people, markdown, from card.json, evaluation.json and the full results."""
    judged = _judged(card, results)
    worst, best = _extremes(judged)
    network, training, parameters = card["network"], card["training"], card["parameters"]
    words = {
        "name": card["name"],
        "id": card["id"],
        "command": training["command"],
        "machine": training["machine"],
        "minutes": training["minutes"],
        "share": training["drawing_share"],
        "steps": training["steps"],
        "folder": record["folder"],
        "measured": record["command"],
        "evaluated": record["machine"],
        "scenes": len(judged.scenes),
        "table": table(results),
        "worst": _strips(worst),
        "best": _strips(best),
    }
    if network["kind"] == "strokes":
        return STROKES.format(
            **words,
            **record["milliseconds"],
            blocks=network["blocks"],
            reader=_reader(card.get("reader")),
            matcher=parameters["matcher"] / 1e6,
            pairs=training["pairs"],
            held=card["held_out"],
            picture=PICTURE,
            sigma=SIGMA,
            worst_names=", ".join(worst),
            best_names=", ".join(best),
        )
    return DENSE.format(
        **words,
        latent=network["latent"],
        kind=network["kind"],
        encoder=parameters["encoder"] / 1e6,
        decoder=parameters["decoder"] / 1e6,
        drawings=training["drawings"],
        held_key=card["held_out"]["key_iou"],
        held_between=card["held_out"].get("between_iou", "-"),
        rounds=DenseModel.ROUNDS,
    )


def _reader(entry: dict[str, Any] | None) -> str:
    """What is told of the network that reads pictures, if the set has one."""
    if entry is None:
        return ""
    training = entry["training"]
    return READER.format(
        parameters=entry["parameters"] / 1e6,
        parts=training["parts_of_pictures"],
        share=training["drawing_share"],
        **{name: training[name] for name in ("command", "machine", "minutes", "steps")},
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.card", description="Measure a set and write its card.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("weights"))
    parser.add_argument(
        "--beside", type=Path, nargs="+", action="extend", default=[], metavar="DIR", help="other models for the table"
    )
    options = parser.parse_args(arguments)
    try:
        results = write_card(options.folder, options.beside)
    except (DoodleError, OSError, KeyError) as error:
        print(f"card: {error}", file=sys.stderr)
        return 2
    print(table(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
