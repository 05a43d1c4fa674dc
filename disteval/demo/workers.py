"""Two worker processes on this machine. Only the command line starts any."""

from __future__ import annotations

import contextlib
import logging
import signal
import tempfile
import threading
from typing import TYPE_CHECKING, Any

from disteval.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def two_processes() -> Iterator[Any]:
    """Start two worker processes of one thread each, reachable from here alone."""
    stack = contextlib.ExitStack()
    asyncio = logging.getLogger("asyncio")  # tells of every future that Ctrl-C leaves behind
    level = asyncio.level
    try:
        asyncio.setLevel(logging.CRITICAL + 1)
        with without_interrupts():
            client = _started(stack)
        yield client
    finally:
        with without_interrupts():
            stack.close()
        asyncio.setLevel(level)


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C in the block, and for good in processes that are started in it.

    A cluster that is interrupted while it starts or stops leaves tracebacks, its own and those
    of its workers, and maybe processes. A terminal interrupts all processes of a program; the
    workers are stopped by this one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _started(stack: contextlib.ExitStack) -> Any:
    from distributed import Client, LocalCluster

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
                scheduler_kwargs={"dashboard": False},
                memory_limit=0,
                silence_logs=logging.CRITICAL,
                local_directory=folder,
            )
        )
        return stack.enter_context(Client(cluster, set_as_default=False))
    except (OSError, RuntimeError) as error:  # no sockets here, or no second process
        msg = f"cannot start two worker processes on this machine: {error}"
        raise ClusterError(msg) from error
