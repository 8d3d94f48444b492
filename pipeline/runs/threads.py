"""Threads: how many of them the libraries of a kernel may compute with, so that stages side by side share the cores."""

import os

_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def share(jobs: int, width: int) -> int:
    """Return the cores that each stage has where `jobs` may run at the same time, and `width` ever do."""
    return max(1, (os.cpu_count() or 1) // min(jobs, width))


def variables(threads: int) -> dict[str, str]:
    """Return what tells libraries so, as far as nobody told them anything else; 0 threads say nothing."""
    return {name: str(threads) for name in _VARIABLES if threads and name not in os.environ}
