"""Running a pass: on threads, in this thread, or on the cluster that the user has."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from disteval.engine import graph as graphs
from disteval.engine import stopping
from disteval.engine.plan import Plan, threads_here
from disteval.engine.rows import Partial, RowCounts
from disteval.engine.watching import Progress, check_progress, watching
from disteval.errors import ArgumentError, ClusterError, ReplayError
from disteval.protocol import LazySource, Source

RETRIES = 2
STOP_SECONDS = 0.3  # an interrupt waits no longer for workers to hear of it


def run(
    plan: Plan,
    source: Source,
    scheduler: Any = None,
    *,
    progress: Progress = False,
    number: int = 1,
) -> Partial:
    """The merged states of one pass over the source.

    Parameters
    ----------
    scheduler : None, "threads", "sync", "processes", a distributed.Client, or an address
        None: the active client where there is one, else Dask's configuration, else threads.
    progress : None, "bar", "lines" or False
        What is shown on stderr (see `watching`).
    number : of the pass, to be shown
    """
    check_progress(progress)
    pieces = source.pieces()
    if not pieces:
        return Partial(plan.seal(plan.empty()), RowCounts())
    name = uuid.uuid4().hex
    with _scheduler(scheduler) as get:
        client = getattr(get, "__self__", None)
        elsewhere = client is not None or get.__module__ == "dask.multiprocessing"
        if elsewhere and not source.replayable:
            msg = (
                "expected data that other processes can read, got an iterator, which lives in this "
                "one; give a list or files, or scheduler='threads'"
            )
            raise ReplayError(msg)
        with watching(progress, plan, pieces, name, get, number) as prepare:
            try:
                threads = 0 if elsewhere else threads_here()
                graph, root = graphs.build(
                    plan, source, name, threads=threads, apart=client is not None
                )
                if isinstance(source, LazySource):
                    graph = graphs.with_data_inside(source.joined(graph, root))
                prepare(graph)
                if client is not None:
                    return _on_cluster(client, graph, root)
                return get(graph, root)  # type: ignore[no-any-return]
            except BaseException:
                _stop(name, client)
                raise


def _on_cluster(client: Any, graph: Any, root: Any) -> Partial:
    from distributed.scheduler import KilledWorker

    future = client.get(graph, root, sync=False, retries=RETRIES)
    try:
        # not client.gather(): an interrupt would leave exceptions in it that nobody retrieves
        return future.result()  # type: ignore[no-any-return]
    except KilledWorker as error:
        msg = (
            f"the workers that ran part of the evaluation were lost ({error}); most often they "
            "ran out of memory: give them more, or fewer threads each"
        )
        raise ClusterError(msg) from error
    except BaseException:
        client.cancel(future)
        raise


def _stop(run_name: str, client: Any) -> None:
    """Let running spans end at their next block, here and on the workers."""
    stopping.stop(run_name)
    if client is None:
        return

    async def tell() -> None:
        await client.run(stopping.stop, run_name)

    with contextlib.suppress(Exception):  # a worker that does not listen ends with its task
        client.sync(tell, callback_timeout=STOP_SECONDS)


@contextlib.contextmanager
def _scheduler(scheduler: Any) -> Iterator[Callable[..., Any]]:
    import dask.base
    import dask.threaded

    if isinstance(scheduler, str) and "://" in scheduler:
        from distributed import Client

        with Client(scheduler, set_as_default=False) as client:
            yield client.get
        return
    try:
        get = dask.base.get_scheduler(scheduler=scheduler)
    except (ValueError, TypeError) as error:
        msg = (
            "expected scheduler 'threads', 'sync', 'processes', a distributed.Client or an "
            f"address such as 'tcp://host:8786', got {scheduler!r}"
        )
        raise ArgumentError(msg) from error
    yield get or dask.threaded.get
