"""Z5, elección de líder: un candidato tuyo, en la fila de los del laboratorio.

    pip install kazoo
    python candidate.py HOST:PUERTO   (la página muestra la dirección de tu laboratorio)

kazoo trae la receta entera (client.Election); aquí la escribes tú, para ver de qué está hecha.
"""

import os
import sys
import threading

from kazoo.client import KazooClient

NAME = f"mine-{os.getpid()}"

client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()
print(NAME, "conectado, sesión", hex(client.client_id[0]))


def number(name):
    """Las diez cifras que añadió el servidor."""
    return int(name[-10:])


def line():
    """Quién está en la fila, del primero al último."""
    return sorted(client.get_children("/election"), key=number)


# Paso 1. La fila.
client.ensure_path("/election")
print("en la fila:", line())
# Te toca: únete. Crea un znode f"/election/{NAME}-" que se vaya con tu sesión y a cuyo nombre el
# servidor añada el número. ¿Qué devuelve create?

# Paso 2. Esperar.
# Te toca: mientras alguien tenga un número menor que el tuyo, vigila al que está justo delante de
# ti, y solo a ese, hasta que se vaya. Después mira otra vez la fila entera: puede haberse ido sin
# haber dirigido nunca. (gone = threading.Event(); client.exists(path, watch=lambda event:
# gone.set()) responde None si ya se fue; gone.wait() duerme hasta el aviso. Detén candidatos desde
# la página.)

# Paso 3. Dirigir.
# Te toca: no tienes a nadie delante. Lee /leader y escribe ahí tu nombre con la versión que leíste.
# ¿Qué pasa si alguien escribió entre las dos cosas?

client.stop()
