"""Runs inside a sandbox, by itself: joins a port of the loopback with its own input and output.

Prints `+` first when it is connected, or `-` when nobody listens.
"""

import os
import socket
import sys
import threading


def connected(port: int) -> socket.socket | None:
    for host in ("127.0.0.1", "::1"):
        try:
            return socket.create_connection((host, port))
        except OSError:
            continue
    return None


def send_input(stream: socket.socket) -> None:
    try:
        while data := os.read(0, 1 << 16):
            stream.sendall(data)
        stream.shutdown(socket.SHUT_WR)
    except OSError:
        os._exit(1)  # nobody reads any more: the other direction is told by its end


def print_all(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    server = connected(int(sys.argv[1]))
    print_all(b"-" if server is None else b"+")
    if server is not None:
        threading.Thread(target=send_input, args=(server,), daemon=True).start()
        try:
            while received := server.recv(1 << 16):
                print_all(received)
        except OSError:
            os._exit(1)
