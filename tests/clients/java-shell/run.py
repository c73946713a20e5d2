"""Runs session.txt in Apache ZooKeeper's own shell against a server.

usage: run.py SERVER[,SERVER...]

Needs java and Debian's zookeeper; prints `N passed, N failed` and exits with 1 on a failure.
"""

import fnmatch
import os
import pathlib
import subprocess
import sys

JARS = "zookeeper slf4j-simple netty-resolver netty-codec netty-transport-native-unix-common"
CLASSPATH = ":".join(f"/usr/share/java/{jar}.jar" for jar in JARS.split())
SHELL = "org.apache.zookeeper.ZooKeeperMain"
SECONDS = 60
# Asked after each command; its answer tells where the command's own ended.
MARK = "/=mark="


def read_session():
    """The commands with what they must print, and the events that must come."""
    commands, events = [], []
    text = pathlib.Path(__file__).with_name("session.txt").read_text("utf-8")
    text = text.replace("/shell", f"/shell-{os.getpid()}")
    for line in text.splitlines():
        if line.startswith("> "):
            commands.append((line[2:], []))
        elif line.startswith("~ "):
            events.append(line[2:])
        elif line and not line.startswith("#"):
            commands[-1][1].append(line)
    return commands, events


def converse(servers, commands):
    typed = "".join(f"{command}\nget {MARK}{n}\n" for n, (command, _) in enumerate(commands))
    shell = subprocess.run(
        ["java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", CLASSPATH, SHELL]
        + ["-timeout", "10000", "-server", servers],
        input=typed + "quit\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        text=True,
        check=False,
    )
    return shell.stdout.splitlines()


def split(lines, count):
    """The lines each command printed, without events and what came before the first."""
    answers, current = [], []
    for line in lines:
        if line == f"Node does not exist: {MARK}{len(answers)}":
            answers.append(current)
            current = []
        elif line and not line.startswith(("WATCHER::", "WatchedEvent ")):
            current.append(line)
    greeting = ("Connecting to ", "Welcome to ZooKeeper!", "JLine support is ")
    if answers:
        answers[0] = [line for line in answers[0] if not line.startswith(greeting)]
    return answers + [None] * (count - len(answers))


def matches(expected, printed):
    if printed is None:
        return False
    if expected == ["*"]:
        return True
    return len(expected) == len(printed) and all(
        fnmatch.fnmatchcase(line, pattern.replace("[", "[[]"))
        for pattern, line in zip(expected, printed)
    )


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    commands, events = read_session()
    try:
        lines = converse(sys.argv[1], commands)
    except subprocess.TimeoutExpired as error:
        lines = (error.output or b"").decode("utf-8", "replace").splitlines()
    passed = failed = 0
    for (command, expected), printed in zip(commands, split(lines, len(commands))):
        if matches(expected, printed):
            passed += 1
        else:
            failed += 1
            said = "nothing, for it had ended" if printed is None else "\n  ".join(printed)
            print(f"FAILED: {command}\n expected:\n  " + "\n  ".join(expected) + f"\n printed:\n  {said}")
    for event in events:
        if event in lines:
            passed += 1
        else:
            failed += 1
            print(f"FAILED: no {event}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
