"""Crashes and restarts servers: by the control API of `relevo serve`, or by a command. Starts an
exercise, and reads how its checks stand.

The API is asked in gRPC-web, which is a POST of a framed protobuf message; what is needed here are a
few strings and numbers, so no generated code is worth its weight.
"""

import struct
import subprocess
import urllib.request


class Lab:
    """`relevo serve` at an address like http://127.0.0.1:8080."""

    def __init__(self, http, lab="main"):
        self.url = f"{http.rstrip('/')}/relevo.lab.v1.Lab/"
        self.lab = lab

    @classmethod
    def exercise(cls, http, exercise, passed=0):
        """A lab of its own for an exercise whose first steps were passed before."""
        lab = cls(http)
        request = _text(1, exercise) + bytes([2 << 3, 7, 3 << 3, passed])
        (info,) = _fields(lab._call("StartExercise", request))[1]
        lab.lab = _fields(info)[1][0].decode()
        return lab

    def open_ports(self):
        """Where its servers listen."""
        answer = _fields(self._call("OpenPorts", _text(1, self.lab)))
        return [address.decode() for address in answer[1]]

    def checks(self):
        """Each step's id, whether it is passed, and what its check sees, in English."""
        answer = _fields(self._call("CheckExercise", _text(1, self.lab)))
        checks = map(_fields, answer.get(1, []))
        return [
            (check[1][0].decode(), 2 in check, check.get(4, [b""])[0].decode()) for check in checks
        ]

    def play(self, step):
        self._call("PlaySolution", _text(1, self.lab) + _text(2, step))

    def delete(self):
        self._call("DeleteLab", _text(1, self.lab))

    def crash(self, number):
        self.crash_node(f"zookeeper-{number}")

    def crash_node(self, node):
        self._call("CrashNode", _text(1, self.lab) + _text(2, node))

    def restart(self, number):
        self._call("RestartNode", _text(1, self.lab) + _text(2, f"zookeeper-{number}"))

    def _call(self, method, message):
        frame = struct.pack(">BI", 0, len(message)) + message
        headers = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
        request = urllib.request.Request(self.url + method, frame, headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            body, status = response.read(), response.headers.get("grpc-status")
        answer = b""
        while len(body) >= 5:
            flags, length = struct.unpack(">BI", body[:5])
            if flags & 0x80:
                trailers = body[5 : 5 + length].decode().lower().splitlines()
                fields = dict(line.split(":", 1) for line in trailers if ":" in line)
                status = fields.get("grpc-status", "").strip()
            else:
                answer = body[5 : 5 + length]
            body = body[5 + length :]
        if status != "0":
            raise RuntimeError(f"{method} was refused with gRPC status {status}")
        return answer


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


def _fields(message):
    """The fields of a message by their numbers: texts and messages as bytes, numbers as numbers."""
    fields, at = {}, 0
    while at < len(message):
        key, at = _number(message, at)
        if key & 7 == 0:
            value, at = _number(message, at)
        elif key & 7 == 1:
            value, at = message[at : at + 8], at + 8
        else:
            length, at = _number(message, at)
            value, at = message[at : at + length], at + length
        fields.setdefault(key >> 3, []).append(value)
    return fields


def _number(message, at):
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
