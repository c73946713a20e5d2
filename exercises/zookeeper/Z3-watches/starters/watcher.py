"""Z3, watches: your own client instead of the consoles.

    pip install kazoo
    python watcher.py HOST:PORT       (the page shows the address of your lab)

kazoo has decorators that set a watch again by themselves (DataWatch); here you do it by hand, to see
what they do.
"""

import sys
import time

from kazoo.client import KazooClient

client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()
client.ensure_path("/settings")


def told(event):
    print("told:", event.type, event.path)
    # Your turn: a one-shot watch is used up now. Read again and leave another one, in one request.
    # (Do it outside this function: it runs on the thread that receives the notices.)


data, stat = client.get("/settings", watch=told)
print("read", data, "version", stat.version)

# Step 1. Change /settings three times, and count the notices.
# Step 2. Change it, set the watch again, change it once more.
# Step 4. Three clients that watch the same znode, and one change.
time.sleep(2)
client.stop()
