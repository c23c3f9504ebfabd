"""A driver whose Python workers start processes: a round for each line of input, with its result."""

import multiprocessing
import os
import subprocess
import sys
import time

from pyspark import SparkContext

DIRECTORY, MASTER = sys.argv[1:]
TASKS, NUMBERS = 2, 1000


def report(name, pid):
    with open(f"{DIRECTORY}/report", "a") as lines:
        lines.write(f"{name} {pid}\n")


def parent_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[1]


def leave_something_behind(jvm):
    report(f"CHILD@{jvm}", os.getpid())
    helper = ["sh", f"{DIRECTORY}/leaf", f"HELPER@{jvm}"]
    subprocess.Popen(helper, start_new_session=True)
    time.sleep(1000)


def double(gate):
    def task(numbers):
        jvm = parent_of(os.getppid())
        multiprocessing.get_context("fork").Process(target=leave_something_behind, args=(jvm,)).start()
        report(f"PYTHON@{jvm}", os.getpid())
        report("EXECUTOR", jvm)
        while not os.path.exists(gate):
            time.sleep(0.02)
        return (2 * n for n in numbers)

    return task


report("DRIVER", os.getpid())
with SparkContext(MASTER) as context:
    report("GATEWAY", context._gateway.proc.pid)
    for gate in map(str.strip, sys.stdin):
        numbers = context.parallelize(range(NUMBERS), TASKS)
        print("result:", numbers.mapPartitions(double(gate)).sum(), flush=True)
