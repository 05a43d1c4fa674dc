"""Names that experiment trackers take: flat, unique, of letters, digits, ``_ - .`` and ``/``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

_UNSAFE = re.compile(r"[^\w.-]+")
LONGEST = 250
"""MLflow refuses longer keys."""


def safe(text: Any) -> str:
    """A part of a key: what trackers do not take becomes an underscore.

    Examples
    --------
    >>> safe("fbeta_score(average='macro', beta=2.0)"), safe("New York/JFK")
    ('fbeta_score_average_macro_beta_2.0', 'New_York_JFK')
    """
    part = _UNSAFE.sub("_", str(text))
    if part != text:
        part = part.strip("_")
    # a key is a path to MLflow: "." and ".." would lead elsewhere
    return part if part.strip(".") else "_" * max(1, len(part))


def unique(paths: Iterable[Sequence[Any]]) -> list[str]:
    """A key for each path of names and labels, all different.

    Keys that need no change keep their form; of others that would be the same, the second one
    ends in ``_2``. A key longer than 250 characters is cut, and ends in a hash of the whole.

    Examples
    --------
    >>> unique([("f1", "New York"), ("f1", "New_York")])
    ['f1/New_York_2', 'f1/New_York']
    """
    given = list(paths)
    wanted = [_short("/".join(map(safe, path))) for path in given]
    changed = ["/".join(map(str, path)) != key for path, key in zip(given, wanted, strict=True)]
    found = [""] * len(given)
    last: dict[str, int] = {}
    for i in sorted(range(len(given)), key=changed.__getitem__):
        key = wanted[i]
        while key in last:
            last[wanted[i]] += 1
            key = f"{wanted[i]}_{last[wanted[i]]}"
        last[key] = 1
        found[i] = key
    return found


def name_path(name: str) -> tuple[str, ...]:
    """The parts of a name that may be a path, such as "val/auc"."""
    return tuple(part for part in name.split("/") if part) or ("_",)


def _short(key: str) -> str:
    if len(key) <= LONGEST:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:8]
    # room for the hash, and for the number of a key that comes twice
    return f"{key[: LONGEST - 20]}-{digest}"
