"""The exceptions of this package: one class for each kind of fault, with the engine's own message."""

from __future__ import annotations

from typing import Dict, Type

__all__ = [
    "CallError",
    "ConfigurationError",
    "DataError",
    "EngineError",
    "EnvironmentError",
    "ModelError",
    "RunError",
    "SwiftRecError",
    "TrainingError",
    "TrainingInterrupted",
    "UnknownIdentifierError",
    "of",
]


class SwiftRecError(Exception):
    """Any fault that SwiftRec reports. Its text says what was received, where, and what to do."""


class ConfigurationError(SwiftRecError, ValueError):
    """Faults of a configuration, all of them at once, a line each."""


class DataError(SwiftRecError, ValueError):
    """Data or files with faults: which row, what stands there, what to do."""


class RunError(SwiftRecError, OSError):
    """A run directory, or a file in it, that is missing, damaged, in the way or of another configuration."""

    # OSError builds its text from an errno that there is none of.
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class TrainingError(SwiftRecError):
    """A training that cannot go on for a reason of its own, such as a loss that is no number any more."""


class EnvironmentError(SwiftRecError):  # noqa: A001 - the engine's name for it; `swiftrec.EnvironmentError`
    """Something that the machine lacks: memory, a GPU, a library."""


class ModelError(SwiftRecError, ValueError):
    """Something asked of a model that it does not have or cannot do."""


class UnknownIdentifierError(SwiftRecError, LookupError):
    """An id that the run's vocabulary lacks, or a tensor that the model does not have."""


class EngineError(SwiftRecError, RuntimeError):
    """A call into LibTorch that failed: which operator, on which shapes."""


class CallError(SwiftRecError, RuntimeError):
    """A call that makes no sense, such as one on a closed object."""


class TrainingInterrupted(KeyboardInterrupt):
    """A training that was stopped by Ctrl-C or by the notebook's stop button, after its last step was saved.

    Attributes:
        run: the run directory; ``train(..., out=run, resume=True)`` continues it, and the weights end as if it had
            never stopped.
        step: the last step that was made.
    """

    def __init__(self, run: str, step: int) -> None:
        super().__init__(f'stopped after step {step}, saved; continue with train(..., out="{run}", resume=True)')
        self.run = run
        self.step = step


# The numbers of `FailureCode` in Sources/SwiftRecC.
_CLASSES: Dict[int, Type[SwiftRecError]] = {
    1: ConfigurationError,
    2: DataError,
    3: RunError,
    4: TrainingError,
    5: EnvironmentError,
    6: ModelError,
    7: UnknownIdentifierError,
    8: EngineError,
    9: CallError,
}


def of(code: int, message: str) -> SwiftRecError:
    """The exception for a status of the library."""
    return _CLASSES.get(code, SwiftRecError)(message)
