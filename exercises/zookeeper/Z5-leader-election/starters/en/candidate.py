"""Z5, leader election: a candidate of your own, in the line of the lab's.

    pip install kazoo
    python candidate.py HOST:PORT     (the page shows the address of your lab)

kazoo has the whole recipe (client.Election); here you write it, to see what it is made of.
"""

import os
import sys
import threading

from kazoo.client import KazooClient

NAME = f"mine-{os.getpid()}"

client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()
print(NAME, "connected, session", hex(client.client_id[0]))


def number(name):
    """The ten digits that the server appended."""
    return int(name[-10:])


def line():
    """Who stands in line, the first first."""
    return sorted(client.get_children("/election"), key=number)


# Step 1. The line.
client.ensure_path("/election")
print("in line:", line())
# Your turn: join it. Create a znode f"/election/{NAME}-" that goes with your session, and whose
# name the server numbers. What does create return?

# Step 2. Wait.
# Your turn: while someone has a lower number than yours, watch the one right before you, and only
# that one, until it is gone. Then look at the whole line again: it may have gone without ever
# having led. (gone = threading.Event(); client.exists(path, watch=lambda event: gone.set()) answers
# None if it is gone already; gone.wait() sleeps until the notice. Stop candidates from the page.)

# Step 3. Lead.
# Your turn: nobody is before you. Read /leader, and write your name there with the version you read.
# What happens if somebody wrote in between?

client.stop()
