"""A learner's program for Z2, finished. It says what it has done, and waits to be told to go on."""

import os
import sys

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import BadVersionError

client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()
FOLDER = f"/mine-{os.getpid()}"

client.create(FOLDER, b"shop")
names = [client.create(f"{FOLDER}/order-", sequence=True) for _ in range(2)]
assert [name[-10:] for name in names] == ["0000000000", "0000000001"], names

STOCK = f"{FOLDER}/stock"
client.create(STOCK, b"10")
data, read = client.get(STOCK)
client.set(STOCK, b"9", version=read.version)
try:
    client.set(STOCK, b"8", version=read.version)
    raise SystemExit("the version was no longer the same")
except BadVersionError:
    data, read = client.get(STOCK)
    client.set(STOCK, b"8", version=read.version)

HERE = f"{FOLDER}/here"
client.create(HERE, ephemeral=True)
# Only to say where it is connected; a learner sees that on the page.
print("port", client._connection._socket.getpeername()[1], flush=True)
input()
assert client.retry(client.exists, HERE), "the ephemeral outlives the connection"
print("survived", flush=True)
input()
# No goodbye.
os._exit(0)
