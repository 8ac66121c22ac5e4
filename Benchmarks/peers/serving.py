"""How a peer of the sparse engine takes its turns beside ours.

With --serve a program prints {"ready": true, ...} once it is set up and warm. Then for each line on standard input

  run SECONDS         it works for about that long and prints one JSON line
  quit                it ends, as it does at the end of the input

A line has `units` (samples or lookups done), `seconds` (wall clock), `cpu_seconds` (of the main thread: with
--threads 1 the work itself, whatever else the machine does) and the medians of a step's laps, which the program names,
in milliseconds; those that end in `_cpu_ms` are by the main thread's clock.

Without --serve a program prints one line, the medians of --chunks such turns.
"""
import argparse
import json
import os
import statistics
import sys
import time


def parser_for(description, unit):
    """A parser with the arguments that the peers share; `unit` is what one of `units` is."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(unit=unit)
    parser.add_argument("--threads", type=int, default=2, choices=(1, 2))
    parser.add_argument("--serve", action="store_true", help="wait for `run SECONDS` and `quit` on standard input")
    parser.add_argument("--chunks", type=int, default=12, help="turns without --serve")
    parser.add_argument("--chunk-seconds", type=float, default=0.3, help="their length")
    return parser


def require_memory(needed, what):
    """Ends the program where `needed` bytes and 1.5 GiB beside them are not free: swapping would be measured."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with open("/proc/meminfo") as lines:
        for line in lines:
            if line.startswith("MemAvailable"):
                free = int(line.split()[1]) * 1024
    if needed + 1.5 * 2**30 > free:
        sys.exit(f"{what} needs {needed / 2**30:.1f} GiB, {free / 2**30:.1f} GiB are free")


class Stopwatch:
    """Wall clock and main thread's clock of named laps."""

    def __init__(self):
        self.laps = {}
        self.restart()

    def restart(self):
        self.wall, self.cpu = time.perf_counter(), time.thread_time()

    def lap(self, name):
        """Books the time since the last lap or restart under `name`."""
        wall, cpu = time.perf_counter(), time.thread_time()
        self.laps.setdefault(f"{name}_ms", []).append((wall - self.wall) * 1e3)
        self.laps.setdefault(f"{name}_cpu_ms", []).append((cpu - self.cpu) * 1e3)
        self.wall, self.cpu = wall, cpu

    def medians(self):
        return {name: statistics.median(times) for name, times in self.laps.items()}


class Turn:
    """One turn: what is done until `seconds` are over, and how long it took."""

    def __init__(self):
        self.units = 0
        self.watch = Stopwatch()
        self.began = self.watch.wall, self.watch.cpu

    def repeat(self, seconds, step):
        """Calls `step(watch)`, which returns the units it did, at least once and until `seconds` are over."""
        end = time.perf_counter() + seconds
        self.watch.restart()
        while True:
            self.units += step(self.watch)
            if time.perf_counter() >= end:
                return self

    def record(self):
        wall, cpu = time.perf_counter() - self.began[0], time.thread_time() - self.began[1]
        return {"units": self.units, "seconds": wall, "cpu_seconds": cpu} | self.watch.medians()


def take_turns(arguments, facts, turn):
    """Answers the driver, or measures alone. `turn(seconds)` gives the record of one turn."""
    if not arguments.serve:
        records = [turn(arguments.chunk_seconds) for _ in range(arguments.chunks)]
        medians = {name: statistics.median(record[name] for record in records) for name in records[0]}
        for clock in ("seconds", "cpu_seconds"):
            rate = statistics.median(record["units"] / record[clock] for record in records)
            medians[f"{arguments.unit}_per_{clock.removesuffix('s')}"] = rate
        answer(facts | medians)
        return
    answer({"ready": True} | facts)
    for line in sys.stdin:
        match line.split():
            case ["run", seconds]:
                answer(turn(float(seconds)))
            case ["quit"]:
                return
            case _:
                sys.exit(f"{line.strip()!r} is neither `run SECONDS` nor `quit`")


def answer(record):
    print(json.dumps(record), flush=True)
