"""Which programs are compared, in which versions and on which machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path

import negotiation

__all__ = ["machine", "missing", "versions"]


def missing(packages: Sequence[str]) -> list[str]:
    """Return which of some packages cannot be imported."""
    absent = []
    for package in packages:
        try:
            import_module(package)
        except ImportError:
            absent.append(package)
    return absent


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Return the version of this project and of some installed packages."""
    return {"negotiation": negotiation.__version__} | {
        package: metadata.version(package) for package in packages
    }


def machine() -> dict[str, str]:
    """Return what the figures depend on: processor, cores, system and Python."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _processor() -> str:
    """Return the model of the processor, as far as the system tells."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
