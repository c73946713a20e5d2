"""Z2, znodes: your own client instead of the consoles.

    pip install kazoo
    python znodes.py HOST:PORT        (the page shows the address of your lab)

The steps of the exercise turn green by what your program does to the real ensemble.
"""

import sys

from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError

client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()
print("connected, session", hex(client.client_id[0]))

# Step 1. A persistent znode, and below it two whose names the server completes.
client.create("/mine", b"shop")
# Your turn: create two children of /mine whose numbers the server chooses. What does create return?

# Step 2. Write only if nobody was faster.
client.create("/mine/stock", b"10")
data, stat = client.get("/mine/stock")
client.set("/mine/stock", b"9", version=stat.version)
# Your turn: write once more with the version you read before (BadVersionError), then do it well.

# Steps 3 and 4. An ephemeral of this session.
# Your turn: create one, and keep the program running. Cut its connection from the page (stop the
# server it is connected to) and see who stays. Then end the program without client.stop() (kill -9)
# and wait for the session's time-out.

client.stop()
