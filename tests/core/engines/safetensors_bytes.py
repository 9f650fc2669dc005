"""Files of tensors made by hand."""

from __future__ import annotations

import json


def packed(header: object, body: bytes = b"\0" * 8) -> bytes:
    """A header (JSON, or its text) and what lies behind it."""
    text = (header if isinstance(header, str) and header.startswith("[") else json.dumps(header)).encode()
    return len(text).to_bytes(8, "little") + text + body
