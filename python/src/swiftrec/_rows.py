"""Rows of features, written as the engine reads them."""

from __future__ import annotations

import csv
import os
from typing import Any, Iterator, Mapping, Optional, Sequence, Union

from . import _columns
from ._errors import DataError


def write_rows(
    rows: Any,
    path: "Union[str, os.PathLike[str]]",
    *,
    columns: Optional[Sequence[str]] = None,
    blank: Sequence[str] = (),
) -> int:
    """Writes rows as a CSV file that ``data: {name: table, train: FILE}`` reads; a missing value is a blank field.

    Args:
        rows: a pandas or polars frame, an Arrow table or a dictionary of columns by name. A cell that is a list is
            written with blanks between, as a bag or sequence is read by default.
        columns: which, in this order; all by default.
        blank: columns to add, 0 in every row.

    Returns:
        how many rows there are.

    Raises:
        DataError: a column that is missing, columns of different lengths.
    """
    if columns is None:
        names = getattr(rows, "column_names", None) or list(rows.keys() if isinstance(rows, Mapping) else rows.columns)
        columns = [str(name) for name in names]
    lists = [list(_cells(_columns.column(rows, name))) for name in columns]
    lengths = {len(one) for one in lists}
    if len(lengths) > 1:
        raise DataError(f"received columns of {min(lengths)} to {max(lengths)} values, expected one length")
    count = lengths.pop() if lengths else 0
    zeros = ["0"] * count
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*columns, *blank])
        writer.writerows(zip(*lists, *(zeros for _ in blank)))
    return count


def _cells(values: Any) -> Iterator[Any]:
    found = values.to_pylist() if hasattr(values, "to_pylist") else values
    listed = found.tolist() if hasattr(found, "tolist") else list(found)
    for one in listed:
        if one is None or one != one:
            yield ""
        elif isinstance(one, bool):
            yield int(one)
        elif isinstance(one, (list, tuple)):
            yield " ".join(map(str, one))
        else:
            yield one
