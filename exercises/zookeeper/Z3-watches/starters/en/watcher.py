"""Z3, watches: your own client instead of the consoles.

    pip install kazoo
    python watcher.py HOST:PORT       (the page shows the address of your lab)

kazoo has decorators that set a watch again by themselves (DataWatch); here you do it by hand, to see
what they do. Write one step, run it, look at the page, go on with the next.
"""

import sys
import threading

from kazoo.client import KazooClient

client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()
client.ensure_path("/settings")

told = threading.Event()


def tell(event):
    # It runs on the thread that receives the notices, so ask nothing of the client here.
    print("told:", event.type, event.path)
    told.set()


data, stat = client.get("/settings", watch=tell)
print("read", data, "version", stat.version)

# Step 1. The notices.
# Your turn: change /settings three times by client.set, and count the notices.

# Step 2. Set it again.
# Your turn: told.clear(), read again leaving another watch, in one request, change it, and wait for
# the notice by told.wait(5). Then the same once more.

# Step 3 needs a persistent watch, which kazoo does not know: leave it by addWatch in a console.

# Step 4. The herd.
# Your turn: three clients that watch the same znode, and one change.

client.stop()
