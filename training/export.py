"""Write a trained run as the files that ship: ONNX, safetensors and the card.

    python -m training.export runs/strokes --output weights --name "doodle strokes"

Weights are stored in half precision in both formats and computed with in single precision. Fails, and writes nothing,
unless torch and ONNX Runtime agree on held-out doodles: drawings and latents within 1e-4, the matcher's scores within
1e-3.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from torch import Tensor, nn
from torch._decomp import core_aten_decompositions
from torch.fx.experimental.proxy_tensor import make_fx

from doodle_core import self_test
from doodle_core.dense.networks import NetworkConfig, mismatch
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.model import DoodleModel, identity
from doodle_core.raster import RESOLUTION

from .autoencoding import AutoencoderTask, network_input
from .config import Config, StrokesConfig, network_config
from .dataset import draw
from .matching import MatcherTask
from .pairs import TOKENS, draw_pairs
from .tasks import HELD_OUT_SEED, Task
from .train import make_task

__all__ = ["export", "main", "write_graph"]

TOLERANCE = 1e-4
"""How far drawings, latents, mismatches and their gradients may differ between torch and ONNX Runtime,"""
TOLERANCE_OF_SCORES = 1e-3
"""and the matcher's scores."""
CPU = torch.device("cpu")


@dataclass(frozen=True)
class _Made:
    """What one kind of model adds to the card, and to the folder in which its networks were written.

    networks: by the names of their files, without .onnx. network, spread: as in the card. differ: the largest
    difference between torch and ONNX Runtime.
    """

    networks: Sequence[str]
    network: dict[str, Any]
    spread: float | list[float]
    differ: float


class Compare(nn.Module):
    """The mismatch of decoded latents and its gradient by the latents, as one graph: refinement without autograd.

    The backward pass is recorded once, with symbolic batch size, as ordinary tensor operations.
    """

    def __init__(self, domain: str, decoder: nn.Module, latent: Tensor, drawing: Tensor) -> None:
        super().__init__()
        table = {**dict(decoder.named_parameters()), **dict(decoder.named_buffers())}
        # The weights come in as arguments: as constants they would be refused among symbolic tensors.
        self.weights = nn.ParameterList([nn.Parameter(w, requires_grad=False) for w in table.values()])

        def both(weights: list[Tensor], z: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
            z = z.detach().requires_grad_()
            with torch.enable_grad():
                answer = torch.func.functional_call(decoder, dict(zip(table, weights, strict=True)), (z,))
                loss = mismatch(domain, answer, x)
                (gradient,) = torch.autograd.grad(loss.sum(), z)
            return loss.detach(), gradient

        self.graph = make_fx(both, dict(core_aten_decompositions()), "symbolic")(list(self.weights), latent, drawing)

    def forward(self, latent: Tensor, drawing: Tensor) -> tuple[Tensor, Tensor]:
        return self.graph(list(self.weights), latent, drawing)


def _store_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """Large float32 weights become float16 with a cast behind them, which runtimes fold away when they load."""
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 256:
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name + "_half")
        casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)
    return model


def write_graph(
    network: nn.Module,
    inputs: dict[str, Tensor],
    outputs: list[str],
    path: Path,
    axes: Mapping[str, Sequence[str]] | None = None,
    shapes: Sequence[dict[int, Any]] | None = None,
) -> None:
    """Write a network as ONNX. inputs: examples by name; axes: names of the first axes of each input that may have any
    size, by default that of the first alone; shapes: in place of axes, the sizes of each input's axes for
    `torch.export`."""
    named = {given: (axes or {}).get(given, ("batch",)) for given in inputs}
    sizes = {name: torch.export.Dim(name, min=1) for name in {name for names in named.values() for name in names}}
    shapes = shapes or [{axis: sizes[name] for axis, name in enumerate(named[given])} for given in inputs]
    with warnings.catch_warnings():
        # That axes of one name are one size is what is meant.
        warnings.filterwarnings("ignore", "# The axis name", UserWarning)
        program = torch.onnx.export(
            network,
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=outputs,
            dynamic_shapes=tuple(shapes),
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    model = _store_half(program.model_proto)
    del model.metadata_props[:]
    for node in model.graph.node:  # the exporter notes source lines of this machine
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
        value.doc_string = ""
    del model.graph.metadata_props[:]
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _agree(engine: OnnxEngine, name: str, network: nn.Module, given: dict[str, Tensor], allowed: float) -> float:
    """The largest difference between torch's answers and ONNX Runtime's; RuntimeError where it is over `allowed`."""
    with torch.no_grad():
        answer = network(*given.values())
    ours = answer if isinstance(answer, tuple) else (answer,)
    theirs = engine.run(name, **{k: v.numpy() for k, v in given.items()})
    apart = max(float(np.abs(a.numpy() - b).max()) for a, b in zip(ours, theirs, strict=True))
    apart /= max(1.0, *(float(a.abs().max()) for a in ours))  # of large numbers, the share counts
    if not apart <= allowed:
        raise RuntimeError(f"{name}: torch and ONNX Runtime differ by {apart:.2g}, over {allowed:g}; nothing written")
    return apart


def _dense(task: AutoencoderTask, folder: Path) -> _Made:
    """Write encoder.onnx, decoder.onnx and, of a mixer, compare.onnx to `folder`, where the engines agree."""
    encoder, decoder, domain = task.encoder, task.decoder, task.domain
    assert isinstance(task.config.network, NetworkConfig)
    doodles = draw(task.config.data, 2048, torch.Generator(CPU).manual_seed(HELD_OUT_SEED + 1)).first
    shown = network_input(domain, doodles)
    with torch.inference_mode():
        latents = torch.cat([encoder(part) for part in shown.split(256)])
    engine = OnnxEngine(folder)
    # Forty convolutions in a row, each normalised, blow rounding up.
    allowed = TOLERANCE if task.config.network.kind == "mixer" else 20 * TOLERANCE

    def written(name: str, network: nn.Module, given: dict[str, Tensor], answers: list[str]) -> float:
        # Three examples, not one: a batch of one would be taken for a constant.
        write_graph(network, {k: v[:3].clone() for k, v in given.items()}, answers, folder / f"{name}.onnx")
        return max(_agree(engine, name, network, {k: v[:n] for k, v in given.items()}, allowed) for n in (1, 5))

    differ = written("encoder", encoder, {"drawing": shown}, ["latent"])
    differ = max(differ, written("decoder", decoder, {"latent": latents}, ["drawing"]))
    networks: tuple[str, ...] = ("encoder", "decoder")
    if task.config.network.kind == "mixer":  # ONNX has no operator for the gradient of a convolution
        compare = Compare(domain, decoder, latents[:3].clone(), shown[:3].clone()).eval()
        differ = max(differ, written("compare", compare, {"latent": latents, "drawing": shown}, ["loss", "gradient"]))
        networks = (*networks, "compare")
    return _Made(
        networks=networks,
        network=task.config.network.to_dict(),
        spread=[float(f"{v:.6g}") for v in latents.std(0).tolist()],
        differ=differ,
    )


def _strokes(task: MatcherTask, folder: Path) -> _Made:
    """Write matcher.onnx to `folder`, where the engines agree."""
    config = task.config.network
    assert isinstance(config, StrokesConfig)
    engine = OnnxEngine(folder)
    differ = 0.0

    keys = _keys(3, 40)
    axes = dict.fromkeys(keys, ("batch", "pieces"))
    write_graph(task.matcher, keys, ["scores", "nowhere", "nowhere_too"], folder / "matcher.onnx", axes)
    for count, pieces in ((1, 1), (1, 5), (1, 40), (1, 97), (4, 30)):
        differ = max(differ, _agree(engine, "matcher", task.matcher, _keys(count, pieces), TOLERANCE_OF_SCORES))

    state = config.to_dict()
    return _Made(
        networks=("matcher",),
        network={"kind": state.pop("kind"), "domain": "field", "size": RESOLUTION, **state},
        spread=1.0,  # sigma is in model pixels
        differ=differ,
    )


def _keys(count: int, pieces: int) -> dict[str, Tensor]:
    """Inputs of the matcher by name: held-out keys of so many pieces, some of them not there."""
    batch = draw_pairs(count * -(-pieces // TOKENS), torch.Generator(CPU).manual_seed(HELD_OUT_SEED + 1))
    tables = {
        "first": batch.first.table(),
        "second": batch.second.table(),
        "there": batch.first.there.float(),
        "there_too": batch.second.there.float(),
    }
    # More pieces than a doodle of the training has are those of several.
    return {k: v.reshape(count, -1, *v.shape[2:])[:, :pieces].contiguous() for k, v in tables.items()}


def _load(run: Path) -> tuple[Task, dict[str, Any]]:
    """What a run trained, its weights rounded as they are stored, and the run's checkpoint."""
    path = run / "checkpoint.pt"
    if not path.exists():
        raise ValueError(f"{path}: not found; train first")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    network = network_config(state["config"].pop("network"))
    task = make_task(Config(**{**state["config"], "network": network}))
    for name, module in task.networks.items():
        module.load_state_dict(state[name])
        module.eval().requires_grad_(False)
        for p in [*module.parameters(), *module.buffers()]:
            if p.is_floating_point():
                p.copy_(p.half().float())
    return task, state


def export(run: Path, output: Path, name: str) -> dict[str, Any]:
    """Write the run's networks to `output`, replacing the set there; the card.

    Raises RuntimeError where the engines disagree, ValueError naming the file where the run has no checkpoint.
    """
    task, state = _load(run)
    figures, picture = task.look(CPU)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent) as temporary:
        folder = Path(temporary)
        if isinstance(task, MatcherTask):
            made = _strokes(task, folder)
        else:
            assert isinstance(task, AutoencoderTask)
            made = _dense(task, folder)
        tensors = {f"{part}.{k}": v.half().contiguous() if v.is_floating_point() else v
                   for part, module in task.networks.items()
                   for k, v in module.state_dict().items()}  # fmt: skip
        save_file(tensors, folder / "weights.safetensors")

        files = [*(f"{network}.onnx" for network in made.networks), "weights.safetensors"]
        hashes = {n: _sha256(folder / n) for n in files}
        clock = state["clock"]
        seconds = clock["draw"] + clock["learn"]
        card = {
            "format": 1,
            "name": name,
            "id": identity(made.network["kind"], hashes),
            "licence": "CC0-1.0",
            "network": made.network,
            "parameters": {part: sum(p.numel() for p in net.parameters()) for part, net in task.networks.items()},
            "training": {
                "command": f"python -m training.train training/configs/{task.config.name}.toml",
                "machine": state["machine"],
                "minutes": round(seconds / 60, 1),
                "drawing_share": round(clock["draw"] / seconds, 3),
                "steps": state["step"],
                "drawings": state["drawings"],
                **({"pairs": state["drawings"] // 2} if isinstance(task, MatcherTask) else {}),
                "config": state["config"],
            },
            "held_out": {k: round(v, 4) for k, v in figures.items()},
            "engines_differ_at_most": float(f"{made.differ:.2g}"),
            "sha256": hashes,
            "spread": made.spread,
        }
        _write_card(folder, card)
        card["self_test"] = self_test.figures(DoodleModel.load(folder, engine="onnx", device="cpu"))
        if isinstance(task, MatcherTask):
            _keep_reader(card, output / "card.json")
        _write_card(folder, card)
        iio.imwrite(folder / "strip.png", picture)
        for n in [*files, "strip.png", "card.json"]:  # the card last: it vouches for the others
            shutil.copyfile(folder / n, output / (n + ".part"))
            (output / (n + ".part")).replace(output / n)
    return card


def _keep_reader(card: dict[str, Any], path: Path) -> None:
    """What the card there says of the reader beside the matcher (`training.reading.export`), which stays."""
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if "reader" in before:
        card["reader"] = before["reader"]
        for table in ("sha256", "self_test"):
            card[table] |= {name: value for name, value in before[table].items() if name.startswith("reader")}


def _write_card(folder: Path, card: dict[str, Any]) -> None:
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.export", description="Export a run as a set of weights.")
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--output", type=Path, default=Path("weights"))
    parser.add_argument("--name", default="doodle strokes")
    a = parser.parse_args(arguments)
    try:
        card = export(a.run, a.output, a.name)
    except (ValueError, RuntimeError, OSError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    size = sum((a.output / n).stat().st_size for n in card["sha256"])
    print(f"{a.output}: {card['name']} {card['id']}, {size / 1e6:.1f} MB, held out {card['held_out']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
