"""Z2, znodes: your own client instead of the consoles.

    pip install kazoo
    python znodes.py HOST:PORT        (the page shows the address of your lab)

The steps of the exercise turn green by what your program does to the real ensemble. Write one step,
run it, look at the page, go on with the next.
"""

import os
import sys

from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError

client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()
print("connected, session", hex(client.client_id[0]))

# Another folder for each run, so that it can be run again and again.
FOLDER = f"/mine-{os.getpid()}"

# Step 1. A persistent znode, and below it two whose names the server completes.
client.create(FOLDER, b"shop")
print("created", FOLDER)
# Your turn: create two children f"{FOLDER}/order-" whose numbers the server chooses. What does
# create return?

# Step 2. Write only if nobody was faster.
STOCK = f"{FOLDER}/stock"
client.create(STOCK, b"10")
data, stat = client.get(STOCK)
stat = client.set(STOCK, b"9", version=stat.version)
print(STOCK, "has version", stat.version)
# Your turn: write once more with the version you read first, and catch BadVersionError. Then read
# again, and write with the version that is there now.

# Steps 3 and 4. An ephemeral of this session.
# Your turn: create one, and keep the program running (input() waits for Enter). Stop the server it
# is connected to, from the page, and see what becomes of session and znode. For step 4 end the
# program without goodbye (kill -9, or os._exit(1)) and wait for the session's time-out.

client.stop()
