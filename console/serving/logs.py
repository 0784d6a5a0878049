"""What a server says of itself: lines on standard error, which systemd and a shell know where to put."""

from __future__ import annotations

import logging
import sys


def write_log() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(message)s"
    )
    for name in ("uvicorn", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
