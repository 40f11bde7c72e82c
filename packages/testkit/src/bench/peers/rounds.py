"""What the peers share: the job on the first line of stdin, then one round for every line `round`. See ../messages.ts."""

import json
import math
import os
import statistics
import sys
import time

BEGUN = time.perf_counter()

# Answers keep standard output for themselves: whatever a library prints goes to standard error.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def read_job():
    """The case to train and how; the parent writes it before anything else."""
    return json.loads(sys.stdin.readline())


def answer(**fields):
    print(json.dumps(fields), file=ANSWERS, flush=True)


def refuse(why):
    """Says that this peer does not take the case, and ends."""
    answer(kind="refused", why=why)
    sys.exit(0)


def networks_of(job):
    """The first configuration, whose networks are every lane's, and the number of lanes."""
    return job["configurations"][0], len(job["configurations"])


def per_lane(job, setting):
    """A hyperparameter of every lane."""
    return [configuration[setting] for configuration in job["configurations"]]


def serve(job, library, version, parameters, call):
    """Answers rounds until standard input ends.

    call() runs job['stepsPerCall'] steps and returns the losses of D and G of the last one as floats, so that
    asynchronous work is over when it returns. The first call is not measured: it traces and compiles.
    """
    call()
    set_up = time.perf_counter() - BEGUN
    seconds = job["roundMs"] / 1e3
    begun = time.perf_counter()
    calls = 0
    while calls == 0 or time.perf_counter() - begun < seconds:
        call()
        calls += 1
    per_round = max(1, round(seconds / ((time.perf_counter() - begun) / calls)))
    answer(kind="ready", library=library, version=version, parameters=parameters, setUpMs=set_up * 1e3)
    for line in sys.stdin:
        if line.strip() != "round":
            raise ValueError(f"unknown order {line!r}")
        times = []
        for _ in range(per_round):
            start = time.perf_counter()
            losses = call()
            times.append((time.perf_counter() - start) * 1e3 / job["stepsPerCall"])
        answer(
            kind="round",
            medianMs=statistics.median(times),
            bestMs=min(times),
            steps=per_round * job["stepsPerCall"],
            finite=all(map(math.isfinite, losses)),
        )
