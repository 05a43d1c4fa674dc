"""Two worker processes on this machine. Only the command line starts any."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from typing import Any

from disteval.errors import ClusterError


@contextlib.contextmanager
def two_processes() -> Iterator[Any]:
    """A client of two worker processes with one thread each, reachable from here alone."""
    from distributed import Client, LocalCluster

    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="disteval-", ignore_cleanup_errors=True)
        )
        try:
            cluster = stack.enter_context(
                LocalCluster(
                    n_workers=2,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    memory_limit=0,
                    silence_logs=logging.CRITICAL,
                    local_directory=folder,
                )
            )
            client = stack.enter_context(Client(cluster, set_as_default=False))
        except (OSError, RuntimeError) as error:  # no sockets here, or no second process
            msg = f"cannot start two worker processes on this machine: {error}"
            raise ClusterError(msg) from error
        yield client
