"""Write a trained run as the files that ship: ONNX, safetensors and the card.

    python -m training.export runs/mixer --output weights --name "doodle mixer"

Weights are stored in half precision in both formats and computed with in single precision. Fails, and writes nothing,
unless torch and ONNX Runtime agree within 1e-4 on held-out doodles.
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
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from torch import Tensor, nn
from torch._decomp import core_aten_decompositions
from torch.fx.experimental.proxy_tensor import make_fx

from doodle_core.engines.onnx import OnnxEngine
from doodle_core.networks import NetworkConfig, build, mismatch

from .config import Config
from .dataset import draw
from .train import HELD_OUT_SEED, held_out, network_input, save_strip, score

__all__ = ["export", "main"]

TOLERANCE = 1e-4


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


def _onnx(network: nn.Module, inputs: dict[str, Tensor], outputs: list[str], path: Path) -> None:
    batch = torch.export.Dim("batch", min=1)
    program = torch.onnx.export(
        network,
        tuple(inputs.values()),
        input_names=list(inputs),
        output_names=outputs,
        dynamic_shapes=tuple({0: batch} for _ in inputs),
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


def export(run: Path, output: Path, name: str) -> dict[str, Any]:
    """Write the run's networks to `output`, replacing the set there; the card.

    Raises RuntimeError where the engines disagree, ValueError naming the file where the run has no checkpoint.
    """
    path = run / "checkpoint.pt"
    if not path.exists():
        raise ValueError(f"{path}: not found; train first")
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = NetworkConfig.from_dict(state["config"].pop("network"))
    config = Config(**{**state["config"], "network": network})
    encoder, decoder = build(network)
    for part, module in (("encoder", encoder), ("decoder", decoder)):
        module.load_state_dict(state[part])
        module.eval().requires_grad_(False)
        for p in module.parameters():
            p.copy_(p.half().float())

    device = torch.device("cpu")
    doodles = draw(config.data, 2048, torch.Generator(device).manual_seed(HELD_OUT_SEED + 1)).first
    shown = network_input(network.domain, doodles)
    with torch.inference_mode():
        latents = torch.cat([encoder(part) for part in shown.split(256)])
    spread = latents.std(0)
    figures, rows = score(network.domain, encoder, decoder, held_out(config, device))

    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent) as temporary:
        folder = Path(temporary)
        # Three examples, not one: a batch of one would be taken for a constant.
        z, x = latents[:3].clone(), shown[:3].clone()
        _onnx(encoder, {"drawing": x}, ["latent"], folder / "encoder.onnx")
        _onnx(decoder, {"latent": z}, ["drawing"], folder / "decoder.onnx")
        compare = Compare(network.domain, decoder, z, x).eval()
        _onnx(compare, {"latent": z, "drawing": x}, ["loss", "gradient"], folder / "compare.onnx")
        tensors = {f"{part}.{k}": v.half().contiguous() if v.is_floating_point() else v
                   for part, module in (("encoder", encoder), ("decoder", decoder))
                   for k, v in module.state_dict().items()}  # fmt: skip
        save_file(tensors, folder / "weights.safetensors")

        engine = OnnxEngine(folder)
        worst = 0.0
        for count in (1, 5):
            z, x = latents[:count], shown[:count]
            with torch.inference_mode():
                pairs = [(encoder(x), engine.encode(x.numpy())), (decoder(z), engine.decode(z.numpy()))]
            pairs += list(zip(compare(z, x), engine.compare(z.numpy(), x.numpy()), strict=True))
            worst = max([worst, *(float(np.abs(a.detach().numpy() - b).max()) for a, b in pairs)])
        if not worst <= TOLERANCE:
            raise RuntimeError(f"torch and ONNX Runtime differ by {worst:.2g}, over {TOLERANCE:g}; nothing written")

        names = ["encoder.onnx", "decoder.onnx", "compare.onnx", "weights.safetensors"]
        hashes = {n: _sha256(folder / n) for n in names}
        identity = hashlib.sha256((hashes["encoder.onnx"] + hashes["decoder.onnx"]).encode()).hexdigest()[:16]
        card = {
            "format": 1,
            "name": name,
            "id": identity,
            "licence": "CC0-1.0",
            "network": network.to_dict(),
            "parameters": {
                "encoder": sum(p.numel() for p in encoder.parameters()),
                "decoder": sum(p.numel() for p in decoder.parameters()),
            },
            "training": {
                "command": f"python -m training.train training/configs/{config.name}.toml",
                "machine": state["machine"],
                "minutes": round((state["clock"]["draw"] + state["clock"]["learn"]) / 60, 1),
                "drawing_share": round(state["clock"]["draw"] / (state["clock"]["draw"] + state["clock"]["learn"]), 3),
                "steps": state["step"],
                "drawings": state["drawings"],
                "config": state["config"],
            },
            "held_out": {k: round(v, 4) for k, v in figures.items()},
            "engines_differ_at_most": float(f"{worst:.2g}"),
            "sha256": hashes,
            "spread": [float(f"{v:.6g}") for v in spread.tolist()],
        }
        (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
        save_strip(rows, folder / "strip.png")
        for n in [*names, "strip.png", "card.json"]:  # the card last: it vouches for the others
            shutil.copyfile(folder / n, output / (n + ".part"))
            (output / (n + ".part")).replace(output / n)
    return card


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.export", description="Export a run as a set of weights.")
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--output", type=Path, default=Path("weights"))
    parser.add_argument("--name", default="doodle mixer")
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
