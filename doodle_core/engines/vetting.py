"""Is a file one of this program's networks? Asked before anything runs it, and before every call of another size."""

from __future__ import annotations

from collections.abc import Mapping

from doodle_core.engines.dry_run import Shape, dry_run
from doodle_core.engines.engine import CELL, CELL_CHANNELS, FULL_KEY
from doodle_core.engines.graph import Graph, graph_of
from doodle_core.raster import RESOLUTION

__all__ = ["vet", "vet_call"]

_BATCHES = (1, 64)
"""Drawings a call. Others are checked when they come."""


def vet(network: str, data: bytes, latent: int) -> None:
    """Raise ValueError, in a few words, unless the ONNX file `data` holds the network of that name, for latents of
    `latent` numbers (0 for a stroke model, whose latents are drawings); see `Engine`."""
    graph = graph_of(data)
    for batch in _BATCHES:
        drawing, code = (batch, RESOLUTION, RESOLUTION), (batch, latent)
        keys = (batch, FULL_KEY, 9)
        calls: dict[str, dict[str, Shape]] = {
            "encoder": {"drawing": drawing},
            "decoder": {"latent": code},
            "compare": {"latent": code, "drawing": drawing},
            "reader": {"picture": (batch, 3, 64, 72)},
            "matcher": {"first": keys, "second": keys, "there": keys[:2], "there_too": keys[:2]},
        }
        vet_call(network, graph, calls[network], latent)


def vet_call(network: str, graph: Graph, given: Mapping[str, Shape], latent: int | None = None) -> None:
    """Raise ValueError unless a graph answers inputs of these shapes as the network of that name does, with what
    `dry_run` grants. `latent`: numbers in a latent, where that is known."""
    facts = dry_run(graph, given)
    found = [facts[name].shape for name in graph.outputs]
    wanted: list[Shape]
    if network == "encoder":
        count = given["drawing"][0]
        wanted = [(count, latent or (found[0][-1] if found and found[0] else 0))]
    elif network == "decoder":
        wanted = [(given["latent"][0], RESOLUTION, RESOLUTION)]
    elif network == "compare":
        wanted = [given["latent"][:1], given["latent"]]
    elif network == "reader":
        count, _, *sides = given["picture"]
        wanted = [(count, CELL_CHANNELS, *(side // CELL for side in sides))]
    else:
        count, pieces = given["there"]
        wanted = [(count, pieces, pieces), (count, pieces), (count, pieces)]
    if found != wanted:
        raise ValueError(f"its answers are of shapes {found}, a {network}'s of {wanted}")
