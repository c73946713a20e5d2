"""A learner's program for Z5, finished: it stands in line, waits, and leads with a fence."""

import os
import sys
import threading

from kazoo.client import KazooClient

NAME = f"mine-{os.getpid()}"
client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()


def number(name):
    return int(name[-10:])


own = client.create(f"/election/{NAME}-", ephemeral=True, sequence=True)
print("stands", own, flush=True)
while True:
    lower = [name for name in client.get_children("/election") if number(name) < number(own)]
    if not lower:
        break
    gone = threading.Event()
    before = f"/election/{max(lower, key=number)}"
    if client.exists(before, watch=lambda event: gone.set()):
        print("waits", before, flush=True)
        gone.wait()
data, stat = client.get("/leader")
client.set("/leader", NAME.encode(), version=stat.version)
print("leads", flush=True)
client.stop()
