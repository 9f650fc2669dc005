"""`python -m doodle_core`: the command line `doodle`."""

import sys

from doodle_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
