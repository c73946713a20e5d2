"""Z5, leader election: your own candidate, in the line of the lab's candidates.

    pip install kazoo
    python candidate.py HOST:PORT NAME        (the page shows the address of your lab)

kazoo has a recipe for this (kazoo.recipe.election); here you write it, to know what it does. Your
candidate stands in the same line, /election, and leads when all before it are gone.
"""

import sys
import time

from kazoo.client import KazooClient

client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()
client.ensure_path("/election")

own = client.create("/election/" + sys.argv[2] + "-", ephemeral=True, sequence=True)
print("I stand in line as", own)


def number(name):
    return int(name[-10:])


while True:
    line = sorted(client.get_children("/election"), key=number)
    print("the line:", line)
    # Your turn:
    # 1. If yours is the first, you lead: write your name to /leader with the version you read there,
    #    once a second. What do you do when that is answered BadVersionError?
    # 2. If not, watch only the one just before yours, and wait. (client.exists(..., watch=...))
    time.sleep(1)
