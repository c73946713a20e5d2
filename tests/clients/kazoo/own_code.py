"""A learner's own code: the starters of the exercises, and programs that finish them, each as a
process of its own through the ports of an exercise's lab, judged by the same checks as the page.

usage: own_code.py --http URL [--only PART]

A starter as it stands, in either language, ends well and leaves its steps red; a finished one turns
them green. Prints `N passed, N failed, N skipped` and exits with 1 on a failure.
"""

import argparse
import logging
import os
import subprocess
import sys
import threading
import time
import traceback
from itertools import product
from pathlib import Path

from kazoo.client import KazooClient

import control

PATIENCE = 30.0
HERE = Path(__file__).resolve().parent
EXERCISES = HERE.parents[2] / "exercises" / "zookeeper"
LANGUAGES = ("en", "es")
STARTERS = {
    "Z2": ("Z2-znodes/starters/{}/znodes.py", {0: "create", 1: "versions", 2: "disconnected", 3: "expired"}),
    "Z3": ("Z3-watches/starters/{}/watcher.py", {0: "once", 1: "rearm", 3: "herd"}),
    "Z5": ("Z5-leader-election/starters/{}/candidate.py", {3: "own"}),
}


class Attempt:
    """A lab of an exercise, under way, with ports of its own."""

    def __init__(self, http, exercise, passed=0):
        self.lab = control.Lab.exercise(http, exercise, passed)
        self.addresses = self.lab.open_ports()
        self.hosts = ",".join(self.addresses)
        # What is done before every server serves, and every candidate stands, counts for nothing.
        for address in self.addresses:
            look = KazooClient(address, timeout=8.0)
            look.start(PATIENCE)
            if exercise == "Z5":
                until(lambda: self.line(look) == 3, "three candidates in line")
            look.stop()
            look.close()

    def line(self, client):
        return len(client.get_children("/election")) if client.exists("/election") else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab.delete()

    def passed(self, step):
        (found,) = [check for check in self.lab.checks() if check[0] == step]
        return found[1]

    def turns_green(self, step):
        until(lambda: self.passed(step), lambda: f"step {step} turning green: {self.lab.checks()}")

    def program(self, path, *arguments):
        command = [sys.executable, str(path), self.hosts, *arguments]
        pipe = subprocess.PIPE
        program = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        # One that hangs ends, and with it what it says.
        watchdog = threading.Timer(4 * PATIENCE, program.kill)
        watchdog.daemon = True
        watchdog.start()
        return program

    def runs(self, path, *arguments):
        """Runs a program to its end, which must be a good one; what it printed."""
        program = self.program(path, *arguments)
        try:
            out, err = program.communicate(timeout=PATIENCE)
        finally:
            program.kill()
        assert program.returncode == 0 and "Traceback" not in err, f"{path}: {out}{err}"
        return out


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            what = what() if callable(what) else what
            raise AssertionError(f"{what} did not happen within {PATIENCE:.0f} s")
        threading.Event().wait(0.02)


def says(program, word):
    """Waits for a line that begins so; the rest of it."""
    for line in program.stdout:
        if line.startswith(word):
            return line[len(word) :].strip()
    raise AssertionError(f"it ended before it said {word!r}: {program.stderr.read()}")


def starter(http, exercise, language, passed, step):
    path = EXERCISES / STARTERS[exercise][0].format(language)
    with Attempt(http, exercise, passed) as attempt:
        printed = attempt.runs(path)
        assert printed.strip(), "it says what it does"
        # Again, as a learner runs it again and again.
        attempt.runs(path)
        checks = attempt.lab.checks()
        (sees,) = [sees for of, done, sees in checks if of == step and not done]
        assert sees, f"red says what it sees: {checks}"


def ended(program):
    program.stdin.close()
    program.kill()
    program.wait()


def z2(http):
    with Attempt(http, "Z2") as attempt:
        program = attempt.program(HERE / "learners/znodes.py")
        try:
            port = says(program, "port")
            attempt.turns_green("create")
            attempt.turns_green("versions")
            # As a learner stops it from the page.
            ports = [address.rsplit(":", 1)[1] for address in attempt.addresses]
            attempt.lab.crash(1 + ports.index(port))
            attempt.turns_green("disconnected")
            print("", file=program.stdin, flush=True)
            says(program, "survived")
            attempt.lab.restart(1 + ports.index(port))
            print("", file=program.stdin, flush=True)
            attempt.turns_green("expired")
        finally:
            ended(program)


def z3(http):
    with Attempt(http, "Z3") as attempt:
        program = HERE / "learners/watcher.py"
        attempt.runs(program, "once", "rearm")
        attempt.turns_green("once")
        attempt.turns_green("rearm")
        # kazoo knows no persistent watch.
        attempt.lab.play("persistent")
        attempt.turns_green("persistent")
        attempt.runs(program, "herd")
        attempt.turns_green("herd")


def z5(http):
    with Attempt(http, "Z5", 3) as attempt:
        program = attempt.program(HERE / "learners/candidate.py")
        try:
            says(program, "waits")
            assert not attempt.passed("own"), attempt.lab.checks()
            for number in (1, 2, 3):
                attempt.lab.crash_node(f"candidate-{number}")
            says(program, "leads")
            attempt.turns_green("own")
        finally:
            ended(program)


def tests():
    for exercise, (_, steps) in STARTERS.items():
        for language, (passed, step) in product(LANGUAGES, steps.items()):
            name = f"{exercise}'s starter ({language}) leaves {step} red"
            yield name, lambda http, at=(exercise, language, passed, step): starter(http, *at)
    yield "Z2 done by a program", z2
    yield "Z3 done by a program", z3
    yield "Z5 done by a program", z5


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("--http", required=True)
    parser.add_argument("--only", help="a part of a test's name")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name, test in tests():
        if options.only and options.only not in name:
            continue
        at, outcome = time.monotonic(), "passed"
        try:
            test(options.http)
        except Exception:
            outcome = "failed"
            print(traceback.format_exc(), flush=True)
        counts[outcome] += 1
        print(f"{outcome}: {name} ({time.monotonic() - at:.1f} s)", flush=True)
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts), flush=True)
    # kazoo's threads of a client that never connected could keep the process alive.
    os._exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
