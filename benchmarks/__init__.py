"""What the program takes on this machine: `make bench`, or `python -m benchmarks --only NAME`.

Each benchmark measures (`measure(effort) -> Result`) and knows nothing of files; `report` writes what they found into
docs/performance.md, between marks, and leaves what people wrote about it alone.
"""
