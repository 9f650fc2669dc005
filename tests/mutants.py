"""What mutmut found: each mutant that no test noticed, as a difference, and a failure where those are too many.

    python -m mutmut run && python -m tests.mutants

docs/testing.md explains those that are left.
"""

from __future__ import annotations

import subprocess
import sys

ENOUGH = 0.9


def main() -> int:
    """0 where tests notice enough of them, else 1."""
    mutmut = [sys.executable, "-m", "mutmut"]
    listed = subprocess.run([*mutmut, "results", "--all", "true"], capture_output=True, text=True, check=True)
    outcomes = dict(line.strip().rsplit(": ", 1) for line in listed.stdout.splitlines() if ": " in line)
    missed = [
        name for name, outcome in outcomes.items() if outcome not in ("killed", "timeout", "caught by type check")
    ]
    for name in missed:
        shown = subprocess.run([*mutmut, "show", name], capture_output=True, text=True, check=True).stdout
        changes = [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        print(name, outcomes[name], *changes, sep="\n  ")
    share = 1 - len(missed) / len(outcomes)
    print(f"{len(outcomes)} mutants, {len(missed)} missed: {share:.1%} noticed")
    return int(share < ENOUGH)


if __name__ == "__main__":
    sys.exit(main())
