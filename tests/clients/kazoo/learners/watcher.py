"""A learner's program for Z3, finished: the steps named on the command line."""

import sys
import threading

from kazoo.client import KazooClient

PATIENCE = 20


def connected():
    client = KazooClient(hosts=sys.argv[1], timeout=4)
    client.start()
    return client


client = connected()
client.ensure_path("/settings")
told = threading.Event()
notices = []


def tell(event):
    notices.append(event)
    told.set()


def once():
    client.get("/settings", watch=tell)
    for value in (b"1", b"2", b"3"):
        client.set("/settings", value)
    assert told.wait(PATIENCE) and len(notices) == 1, notices


def again():
    for value in (b"4", b"5"):
        told.clear()
        client.get("/settings", watch=tell)
        client.set("/settings", value)
        assert told.wait(PATIENCE), "no notice"


def herd():
    client.create("/gate")
    three = [connected() for _ in range(3)]
    woken = [threading.Event() for _ in three]
    for one, event in zip(three, woken):
        one.sync("/gate")
        assert one.exists("/gate", watch=lambda _, event=event: event.set())
    client.delete("/gate")
    assert all(event.wait(PATIENCE) for event in woken), "not everyone was told"
    for one in three:
        one.stop()


for step in sys.argv[2:]:
    {"once": once, "rearm": again, "herd": herd}[step]()
client.stop()
