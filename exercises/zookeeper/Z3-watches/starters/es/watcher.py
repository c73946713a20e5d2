"""Z3, watches: tu propio cliente en lugar de las consolas.

    pip install kazoo
    python watcher.py HOST:PUERTO     (la página muestra la dirección de tu laboratorio)

kazoo tiene decoradores que vuelven a poner un watch por sí mismos (DataWatch); aquí lo haces a
mano, para ver qué hacen. Escribe un paso, ejecútalo, mira la página y sigue con el siguiente.
"""

import sys
import threading

from kazoo.client import KazooClient

client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()
client.ensure_path("/settings")

told = threading.Event()


def tell(event):
    # Se ejecuta en el hilo que recibe los avisos: desde aquí no pidas nada al cliente.
    print("aviso:", event.type, event.path)
    told.set()


data, stat = client.get("/settings", watch=tell)
print("leído:", data, "versión", stat.version)

# Paso 1. Los avisos.
# Te toca: cambia /settings tres veces con client.set y cuenta los avisos.

# Paso 2. Ponerlo de nuevo.
# Te toca: told.clear(), lee otra vez dejando otro watch, en una sola petición, cambia el znode y
# espera el aviso con told.wait(5). Después, lo mismo una vez más.

# El paso 3 necesita un watch persistente, que kazoo no conoce: déjalo con addWatch en una consola.

# Paso 4. La manada.
# Te toca: tres clientes que vigilan el mismo znode, y un cambio.

client.stop()
