"""What a result has besides its values: other numbers of the same computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Details(Mapping[str, Mapping[str, Any]]):
    """By every name of a value, {} where there are none; listed are those that there are.

    Parameters
    ----------
    found : by the name under which a value is kept
    named : the name under which a value is kept; refuses what is no value
    asked : the same, or None
    """

    def __init__(
        self,
        found: Mapping[str, Mapping[str, Any]],
        named: Callable[[str], str],
        asked: Callable[[object], str | None],
    ) -> None:
        self._found, self._named, self._asked = found, named, asked

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        return self._found.get(self._named(name), {})

    def __contains__(self, name: object) -> bool:
        return self._asked(name) in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return repr(dict(self._found))


def with_digits(value: Any) -> Any:
    """Plain values, in which integers that a float cannot hold are strings.

    Examples
    --------
    >>> with_digits({"numerator": 2**60, "positives": 3})
    {'numerator': '1152921504606846976', 'positives': 3}
    """
    if isinstance(value, Mapping):
        return {key: with_digits(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_digits(item) for item in value]
    return str(value) if isinstance(value, int) and abs(value) > 1 << 53 else value
