"""The exceptions and warnings of disteval.

Every exception is a `DistevalError` and also the built-in that it means, so both
``except DistevalError`` and the ``except ValueError`` of code already written catch it::

    DistevalError
    ├── InputError (ValueError)                      what was given cannot be evaluated
    │   ├── LengthMismatchError                      columns of different lengths
    │   ├── ShapeError                               shapes that do not belong together
    │   ├── LabelError                               labels out of range, not binary, ...
    │   ├── DomainError                              a value outside what a metric is defined for
    │   ├── MissingValueError                        NaN, or no value, under nan_policy="raise"
    │   └── EmptyDataError                           no rows
    ├── ColumnTypeError (TypeError)                  strings where numbers are needed, objects, ...
    ├── ArgumentError (ValueError)                   an argument that means nothing
    ├── UnknownNameError (KeyError)                  no metric, column or value of this name
    ├── SourceError (OSError)                        data that cannot be read
    │   ├── SourceNotFoundError (FileNotFoundError)  no file of this name, or none that matches
    │   └── CorruptFileError                         a truncated or damaged file
    ├── ReplayError (RuntimeError)                   a second pass over what can be read once
    ├── StateError (ValueError)                      states that do not belong together
    ├── BudgetError (MemoryError)                    a state that would outgrow its budget
    ├── NumericsError (RuntimeError)                 a processor mode in which no sum is exact
    ├── ClusterError (RuntimeError)                  the cluster lost the work, or does not answer
    └── MissingExtraError (ImportError)              an optional library that is not installed

    DistevalWarning (UserWarning)
    └── UndefinedMetricWarning                       0/0, one class, zero total weight

In the command line each of them is one line on stderr and exit code 2.
"""

from __future__ import annotations


class DistevalError(Exception):
    """Any error that disteval raises on purpose."""


class InputError(DistevalError, ValueError):
    """What was given cannot be evaluated."""


class LengthMismatchError(InputError):
    """Columns that should be aligned have different lengths."""


class ShapeError(InputError):
    """Shapes that do not belong together."""


class LabelError(InputError):
    """Labels that are out of range, of mixed kinds, or more than the metric can take."""


class DomainError(InputError):
    """A value outside the domain on which the metric is defined."""


class MissingValueError(InputError):
    """NaN in the data under ``nan_policy="raise"``."""


class EmptyDataError(InputError):
    """There is no row to evaluate."""


class ColumnTypeError(DistevalError, TypeError):
    """A column of a kind that the metric or the library cannot take."""


class ArgumentError(DistevalError, ValueError):
    """An argument, or a combination of arguments, that means nothing."""


class UnknownNameError(DistevalError, KeyError):
    """No metric, column or value has this name."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # a KeyError shows the repr


class SourceError(DistevalError, OSError):
    """Data that cannot be read."""


class SourceNotFoundError(SourceError, FileNotFoundError):
    """No file matches."""


class CorruptFileError(SourceError):
    """A file that is truncated or damaged."""


class ReplayError(DistevalError, RuntimeError):
    """A second pass is needed over data that can be read only once."""


class StateError(DistevalError, ValueError):
    """States, plans or results that do not belong together."""


class BudgetError(DistevalError, MemoryError):
    """A state that would outgrow its budget."""


class NumericsError(DistevalError, RuntimeError):
    """The processor is in a mode in which results cannot be exact."""


class ClusterError(DistevalError, RuntimeError):
    """The cluster could not finish the work."""


class MissingExtraError(DistevalError, ImportError):
    """An optional dependency is not installed."""


class DistevalWarning(UserWarning):
    """Any warning that disteval gives."""


class UndefinedMetricWarning(DistevalWarning):
    """A metric is not defined on this data; its value is a convention."""
