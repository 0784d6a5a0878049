"""On what a run ran: interpreter, packages, machine and how much of it was used."""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any


def describe() -> dict[str, Any]:
    """Python, platform, hardware and every installed package with its version."""
    import psutil

    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "cpu": _cpu(),
        "cpus": os.cpu_count(),
        "memory": int(psutil.virtual_memory().total),
        "packages": packages(),
    }


def packages() -> dict[str, str]:
    """Installed distributions by name."""
    found = ((one.metadata["Name"], one.version) for one in metadata.distributions())
    return dict(sorted((name, version) for name, version in found if name))


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Python and packages that are not the same, in words."""
    said = []
    if before.get("python") != now.get("python"):
        said.append(f"Python {before.get('python')} -> {now.get('python')}")
    then, today = before.get("packages") or {}, now.get("packages") or {}
    for name in sorted(then.keys() | today.keys()):
        if then.get(name) != today.get(name):
            said.append(f"{name} {then.get(name, 'absent')} -> {today.get(name, 'absent')}")
    return said


@dataclass
class Meter:
    """Wall seconds, CPU seconds (with children) and peak memory since it was made."""

    _wall: float = field(default_factory=time.monotonic)
    _cpu: float = field(default_factory=lambda: _cpu_seconds())

    def seconds(self) -> float:
        return time.monotonic() - self._wall

    def cpu_seconds(self) -> float:
        return _cpu_seconds() - self._cpu

    @staticmethod
    def peak_memory() -> int:
        """Bytes; of this process or its largest child, whichever is more."""
        unit = 1 if sys.platform == "darwin" else 1024
        return unit * max(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        )


def _cpu_seconds() -> float:
    return sum(
        use.ru_utime + use.ru_stime
        for use in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def _cpu() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as stream:
            for line in stream:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
