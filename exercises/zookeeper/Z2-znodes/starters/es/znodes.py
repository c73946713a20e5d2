"""Z2, znodes: tu propio cliente en lugar de las consolas.

    pip install kazoo
    python znodes.py HOST:PUERTO      (la página muestra la dirección de tu laboratorio)

Los pasos del ejercicio se ponen en verde por lo que tu programa hace con el ensemble de verdad.
Escribe un paso, ejecútalo, mira la página y sigue con el siguiente.
"""

import os
import sys

from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError

client = KazooClient(hosts=sys.argv[1], timeout=4)
client.start()
print("conectado, sesión", hex(client.client_id[0]))

# Otra carpeta en cada ejecución, para poder ejecutarlo una y otra vez.
FOLDER = f"/mine-{os.getpid()}"

# Paso 1. Un znode persistente y, debajo, dos a cuyos nombres el servidor añade el final.
client.create(FOLDER, b"shop")
print("creado:", FOLDER)
# Te toca: crea dos hijos f"{FOLDER}/order-" cuyos números elija el servidor. ¿Qué devuelve create?

# Paso 2. Escribir solo si nadie se adelantó.
STOCK = f"{FOLDER}/stock"
client.create(STOCK, b"10")
data, stat = client.get(STOCK)
stat = client.set(STOCK, b"9", version=stat.version)
print(STOCK, "tiene la versión", stat.version)
# Te toca: escribe otra vez con la versión que leíste primero, y captura BadVersionError. Después
# lee de nuevo y escribe con la versión que hay ahora.

# Pasos 3 y 4. Un efímero de esta sesión.
# Te toca: crea uno y deja el programa en marcha (input() espera a que pulses Intro). Detén desde la
# página el servidor al que está conectado y mira qué pasa con la sesión y con el znode. Para el
# paso 4, termina el programa sin despedirte (kill -9, u os._exit(1)) y espera a que venza el plazo
# de la sesión.

client.stop()
