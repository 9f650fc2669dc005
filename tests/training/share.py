"""What each of several processes does in `test_spread`: `torchrun share.py FOLDER`.

Each of RUNS takes STEPS[1] steps together, going on from the checkpoint in FOLDER/NAME, and notes the losses beside the
next checkpoint. Then the command is given twice: with a batch that does not divide, and as it should be.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import torch
from small import CPU, SMALL, SMALL_STROKES

from doodle_core.dense.networks import NetworkConfig
from training.spread import launched
from training.train import Trainer, main

STEPS = (1, 2, 1)
"""Alone, together, alone again."""
_CONV = NetworkConfig(kind="conv", domain="ink", latent=8, width=4, encoder_blocks=1, decoder_blocks=1)
RUNS = {
    "matcher": replace(SMALL_STROKES, steps=sum(STEPS)),
    "autoencoder": replace(SMALL, steps=sum(STEPS)),
    "conv": replace(SMALL, network=_CONV, data="lines2018", variational=0.01, steps=sum(STEPS)),
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    base = Path(sys.argv[1])
    spread = launched()
    with spread.together():
        for name, config in RUNS.items():
            folder = base / name
            run = Trainer(config, CPU, folder, spread)
            run.resume()
            losses = [run.advance() for _ in range(STEPS[1])]
            if spread.first:
                run.save()
                (folder / "losses.json").write_text(json.dumps(losses))
        command = [str(base / "tiny.toml"), "--device", "cpu", "--output", str(base / "command")]
        try:
            main([*command, "--batch", "3"])
        except SystemExit as stop:
            assert stop.code == 2
        main(command)
    # All is done and on disk. As the interpreter ends, threads of torch's own now and then abort the process (seen with
    # 2.13 on a busy machine): not what is tested here.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
