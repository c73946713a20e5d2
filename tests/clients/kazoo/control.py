"""Crashes and restarts servers: by the control API of `relevo serve`, or by a command.

The API is asked in gRPC-web, which is a POST of a framed protobuf message; the two requests needed
here are two strings each, so no generated code is worth its weight.
"""

import struct
import subprocess
import urllib.request


class Lab:
    """`relevo serve` at an address like http://127.0.0.1:8080."""

    def __init__(self, http, lab="main"):
        self.url = f"{http.rstrip('/')}/relevo.lab.v1.Lab/"
        self.lab = lab

    def crash(self, number):
        self._call("CrashNode", _text(1, self.lab) + _text(2, f"zookeeper-{number}"))

    def restart(self, number):
        self._call("RestartNode", _text(1, self.lab) + _text(2, f"zookeeper-{number}"))

    def _call(self, method, message):
        frame = struct.pack(">BI", 0, len(message)) + message
        headers = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
        request = urllib.request.Request(self.url + method, frame, headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            body, status = response.read(), response.headers.get("grpc-status")
        while len(body) >= 5:
            flags, length = struct.unpack(">BI", body[:5])
            if flags & 0x80:
                trailers = body[5 : 5 + length].decode().lower().splitlines()
                fields = dict(line.split(":", 1) for line in trailers if ":" in line)
                status = fields.get("grpc-status", "").strip()
            body = body[5 + length :]
        if status != "0":
            raise RuntimeError(f"{method} was refused with gRPC status {status}")


class Commands:
    """Shell commands in which {n} stands for the server's number."""

    def __init__(self, crash, restart):
        self.commands = crash, restart

    def crash(self, number):
        subprocess.run(self.commands[0].format(n=number), shell=True, check=True)

    def restart(self, number):
        subprocess.run(self.commands[1].format(n=number), shell=True, check=True)


def _text(field, text):
    data = text.encode()
    assert len(data) < 128
    return bytes([field << 3 | 2, len(data)]) + data
