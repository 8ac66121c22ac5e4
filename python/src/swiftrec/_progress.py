"""How a training shows itself: a table that grows in a notebook, a line that changes in a terminal."""

from __future__ import annotations

import html
import sys
from typing import Any, Callable, Dict, List, Optional, Union

Event = Dict[str, Any]
Progress = Union[bool, Callable[[Event], None]]


class Display:
    """Draws the events of one training."""

    def __init__(self) -> None:
        self._rows: List[List[str]] = []
        self._head: List[str] = []
        self._title = ""
        self._status = ""
        self._notes: List[str] = []
        self._handle: Any = _notebook_display()
        self._is_terminal = self._handle is None and sys.stderr.isatty()

    def __call__(self, event: Event) -> None:
        kind = event["event"]
        if kind == "features":
            self._status = f"reading features, {event['done']:.0%}"
        elif kind == "began":
            rows = f", {event['rows']:,} rows" if event["rows"] else ""
            self._title = f"{event['model']} on {event['device']}: {event['parameters']:,} weights{rows}"
            self._line(self._title)
        elif kind == "note":
            self._notes.append(event["text"])
            self._line(event["text"])
        elif kind == "progress":
            self._status = self._progress(event)
        elif kind == "epoch":
            self._status = ""
            self._epoch(event)
        elif kind == "ended":
            self._status = f"{event['ending']} after {event['step']:,} steps"
            self._line(self._status)
        self._draw()

    @staticmethod
    def _progress(event: Event) -> str:
        batches = event["batches_per_epoch"]
        of = f"/{batches:,}" if batches else ""
        left = event["seconds_left"]
        rest = f", {left:,.0f} s left" if left is not None and left >= 1 else ""
        return (
            f"epoch {event['epoch']}/{event['epochs']}, batch {event['batch']:,}{of}, loss {event['loss']:.4f}, "
            f"{event['samples_per_second']:,.0f} samples/s{rest}"
        )

    def _epoch(self, event: Event) -> None:
        # The metric that chooses the best epoch, then those that tell most: as many as fit a line.
        found = event["validation"] or {}
        names = [event["metric"]] if event["metric"] in found else []
        names += [name for name in found if name not in names]
        names = names[:4]
        self._head = ["epoch", "loss", *names, "samples/s", ""]
        self._rows.append(
            [str(event["epoch"]), f"{event['loss']:.4f}", *(_number(found[name]) for name in names)]
            + [f"{event['samples_per_second']:,.0f}", "best" if event["is_best"] and found else ""]
        )
        cells = zip(self._head, self._rows[-1])
        self._line("  ".join(f"{name} {cell}" if name else cell for name, cell in cells).rstrip())

    # ---- drawing ---------------------------------------------------------------------------------------------------

    def _line(self, text: str) -> None:
        if self._handle is None:
            if self._is_terminal:
                sys.stderr.write("\r\x1b[K")
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

    def _draw(self) -> None:
        if self._handle is not None:
            self._handle.update({"text/plain": self.text, "text/html": self.html}, raw=True)
        elif self._is_terminal:
            sys.stderr.write("\r\x1b[K" + self._status)
            sys.stderr.flush()

    @property
    def text(self) -> str:
        """The whole as plain text."""
        table = [self._head, *self._rows] if self._rows else []
        widths = [max(len(row[column]) for row in table) for column in range(len(self._head))] if table else []
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)).rstrip() for row in table]
        return "\n".join(part for part in [self._title, *self._notes, *lines, self._status] if part)

    @property
    def html(self) -> str:
        """The whole as a table."""
        def row(cells: List[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        table = ""
        if self._rows:
            body = "".join(row(cells, "td") for cells in self._rows)
            table = f"<table>{row(self._head, 'th')}{body}</table>"
        lines = "".join(f"<div>{html.escape(line)}</div>" for line in [self._title, *self._notes] if line)
        return f"{lines}{table}<div>{html.escape(self._status)}</div>"


def _number(value: Optional[float]) -> str:
    return "" if value is None else f"{value:.4f}"


def _notebook_display() -> Any:
    """A place in the notebook's output that can be written anew; None where there is no notebook."""
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return None
    shell = ipython.get_ipython()
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    from IPython.display import display

    return display({"text/plain": ""}, raw=True, display_id=True)


def reporter(progress: Progress) -> Callable[[Event], None]:
    """What is told of each event."""
    if callable(progress):
        return progress
    if progress:
        return Display()
    return lambda event: None
