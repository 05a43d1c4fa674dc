"""The graph of one pass: spans, a merge tree of fan-in 8 in fixed index order, one root."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from disteval.engine import shares
from disteval.engine.plan import Plan
from disteval.engine.progress import Node, watched
from disteval.engine.reduce import merge_partials, run_blocks, run_span
from disteval.engine.spans import cut
from disteval.protocol import LazySource, Source

FAN_IN = 8  # as fast as 16 on a cluster, and half as many large states wait for a merge

Graph = dict[Any, Any]


def build(
    plan: Plan, source: Source, run: str, *, threads: int = 0, apart: bool = False
) -> tuple[Graph, Any]:
    """Tasks by key, and the key of the root.

    Parameters
    ----------
    threads : of this process, which run all tasks; 0: other processes do
    apart : whether workers have memory of their own, over which large states are shared out
    """
    from dask.task_spec import DataNode

    shared = f"disteval-plan-{run}"
    graph: Graph = {shared: DataNode(shared, plan)}
    if isinstance(source, LazySource):
        leaves = _blocks(graph, shared, source, run)
    else:
        leaves = _spans(graph, shared, source, plan, run, threads)
    count = shares.number_of_shares(plan, source.pieces()) if apart else 1
    if count == 1 or len(leaves) == 1:
        return graph, _tree(graph, shared, leaves, f"disteval-merge-{run}")
    return graph, _by_shares(graph, shared, leaves, run, count)


def _spans(
    graph: Graph, shared: str, source: Source, plan: Plan, run: str, threads: int
) -> list[Any]:
    from dask.task_spec import Task, TaskRef

    spans = cut(source.pieces(), plan.schema.row_bytes, threads)
    leaves: list[Any] = []
    for i, span in enumerate(spans):
        key = (f"disteval-span-{run}", i)
        part = source.restrict(slice(span.first, span.last))
        graph[key] = Task(key, run_span, TaskRef(shared), part, span, run)
        leaves.append(key)
    return leaves


def _blocks(graph: Graph, shared: str, source: LazySource, run: str) -> list[Any]:
    """One task a chunk of each input: a task over several would hold all of them at once."""
    from dask.task_spec import DataNode, List, Task, TaskRef

    binder = f"disteval-source-{run}"
    graph[binder] = DataNode(binder, source.restrict(slice(0, 0)))
    leaves: list[Any] = []
    for i in range(len(source.pieces())):
        key = (f"disteval-span-{run}", i)
        blocks = List(*(TaskRef(block) for block in source.keys(i)))
        graph[key] = Task(key, run_blocks, TaskRef(shared), TaskRef(binder), i, blocks, run)
        leaves.append(key)
    return leaves


def with_data_inside(graph: Mapping[Any, Any]) -> Graph:
    """The same graph in tasks of one kind, with chunks in memory inside the tasks that read them.

    Dask's threaded scheduler compares every task's dependencies with all data of the graph before
    it starts: with a key of its own for each chunk, 10**5 chunks would take minutes.
    """
    # as Dask's own collections do: some of its expressions still make tuples of tasks
    from dask._task_spec import convert_legacy_graph
    from dask.task_spec import DataNode, List, Task, TaskRef

    graph = convert_legacy_graph(graph)
    readers = Counter(key for task in graph.values() for key in task.dependencies)

    def inline(item: Any) -> Any:
        if isinstance(item, TaskRef) and readers[item.key] == 1:
            node = graph.get(item.key)
            if isinstance(node, DataNode):
                taken.add(item.key)
                return node.value
        return item

    taken: set[Any] = set()
    out = dict(graph)
    for key, task in graph.items():
        if isinstance(task, Task) and task.func is run_blocks:
            plan, binder, piece, blocks, run = task.args
            given = List(*(inline(block) for block in blocks.args))
            out[key] = Task(key, run_blocks, plan, binder, piece, given, run)
    return {key: task for key, task in out.items() if key not in taken}


def nodes(graph: Iterable[Any], run: str) -> Iterator[tuple[Any, Node]]:
    """The keys of spans and merges among those of a graph, and where in the tree they stand."""
    span, merge = f"disteval-span-{run}", f"disteval-merge-{run}"
    for key in graph:
        if isinstance(key, tuple) and key[0] == span:
            yield key, (0, key[1])
        elif isinstance(key, tuple) and key[0] == merge:
            yield key, (key[1], key[2])


def tell(graph: Graph, run: str) -> None:
    """Make the spans and merges of a graph tell what they do."""
    from dask.task_spec import Task

    for key, node in nodes(graph, run):
        task = graph[key]
        if isinstance(task, Task):
            graph[key] = Task(key, watched, run, node, task.func, *task.args)


def _by_shares(graph: Graph, shared: str, leaves: Sequence[Any], run: str, count: int) -> Any:
    """A tree for each share of the leaves; then sweeps over each, with what the others hold."""
    from dask.task_spec import List, Task, TaskRef

    roots = []
    for r in range(count):
        own: list[Any] = []
        for i, leaf in enumerate(leaves):
            key: Any = (f"disteval-share-{run}", r, i)
            graph[key] = Task(key, shares.share, TaskRef(shared), TaskRef(leaf), r, count)
            own.append(key)
        name = f"disteval-merge-{run}" if not r else f"disteval-merge-{r}-{run}"
        roots.append(_tree(graph, shared, own, name))
    outlines = []
    for r, root in enumerate(roots):
        key = (f"disteval-outline-{run}", r)
        graph[key] = Task(key, shares.outlines, TaskRef(shared), TaskRef(root))
        outlines.append(TaskRef(key))
    swept = []
    for r, root in enumerate(roots):
        key = (f"disteval-sweep-{run}", r)
        everything = List(*outlines)
        graph[key] = Task(key, shares.swept, TaskRef(shared), TaskRef(root), everything)
        swept.append(TaskRef(key))
    key = f"disteval-together-{run}"
    graph[key] = Task(key, shares.together, TaskRef(shared), List(*swept))
    return key


def _tree(graph: Graph, shared: str, leaves: Sequence[Any], name: str) -> Any:
    from dask.task_spec import List, Task, TaskRef

    level = 0
    merge: Callable[..., Any] = merge_partials
    while len(leaves) > 1:
        level += 1
        above: list[Any] = []
        for j in range(0, len(leaves), FAN_IN):
            key = (name, level, j // FAN_IN)
            group = List(*(TaskRef(leaf) for leaf in leaves[j : j + FAN_IN]))
            graph[key] = Task(key, merge, TaskRef(shared), group)
            above.append(key)
        leaves = above
    return leaves[0]
