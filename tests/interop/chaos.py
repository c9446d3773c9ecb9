"""A proxy between the gateway and the server that does to a connection what bad networks do.

Bytes are never changed and never reordered: TCP does not do that. Seeded: the same seed, the same decisions.
"""
import random
import select
import socket
import struct
import threading
import time

PIECE = 16 * 1024
LINGER_ZERO = struct.pack("ii", 1, 0)  # close() sends RST
FAULTS = ("single_bytes", "coalesce", "delay", "black_hole", "reset", "half_close", "stop_reading")


class Chaos:
    """Listens when constructed, at `address`. `port` leads to `target`; `fault` says what happens to what passes:

    single_bytes  every byte in a segment of its own
    coalesce      what came within a tenth of a second, at once
    delay         up to 0.3 s for each piece
    black_hole    nothing comes through, and nobody is told
    stop_reading  what the gateway sends is not even read: its socket fills up
    None          as it is
    `reset`, `half_close` and `cut` happen at once, to all connections there are.
    """

    def __init__(self, stage, target, seed, address=("127.0.0.1", 0)):
        self.stage, self.target, self.random = stage, target, random.Random(seed)
        self.fault, self.connections, self.bytes_passed = None, [], 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(address)
        self.port = self.listener.getsockname()[1]
        self.open = True
        stage.at_end(self.close)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.open = False
        self.listener.close()
        self.reset()

    def accept(self):
        while self.open:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                continue
            for side in (near, far):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections.append((near, far))
            for source, sink, outward in ((near, far, True), (far, near, False)):
                threading.Thread(target=self.carry, args=(source, sink, outward), daemon=True).start()

    # --- what happens to what passes
    def carry(self, source, sink, outward):
        try:
            while self.open:
                piece = self.read(source, outward)
                if piece is None:
                    continue
                if not piece:
                    break
                self.write(sink, piece)
                self.bytes_passed += len(piece)
            sink.shutdown(socket.SHUT_WR)
        except (OSError, ValueError):
            self.drop(source, sink)

    def read(self, source, outward):
        """Bytes; nothing at the end; None: look again."""
        held = self.fault == "black_hole" or (self.fault == "stop_reading" and outward)
        if held:
            time.sleep(0.02)
            return None
        if not select.select([source], [], [], 0.05)[0]:
            return None
        if self.fault == "coalesce":
            time.sleep(0.1)
        return source.recv(PIECE)

    def write(self, sink, piece):
        if self.fault == "delay":
            time.sleep(self.random.uniform(0, 0.3))
        if self.fault == "single_bytes":
            for place in range(len(piece)):
                sink.sendall(piece[place:place + 1])
        else:
            sink.sendall(piece)

    # --- what happens at once
    def reset(self):
        """RST in both directions: what was on its way is lost."""
        for near, far in self.all():
            for side in (near, far):
                try:
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
                except OSError:
                    pass
            self.drop(near, far)

    def half_close(self):
        """The server seems to say nothing more; what the gateway sends still arrives."""
        for near, _ in self.all(forget=False):
            try:
                near.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def all(self, forget=True):
        with self.lock:
            there = list(self.connections)
            if forget:
                self.connections.clear()
        return there

    @staticmethod
    def drop(*sides):
        for side in sides:
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            side.close()

    # --- a storm
    def storm(self, seconds, calm=(0.3, 1.5)):
        """Faults one after the other for so long, drawn; then the network is good again. What was done."""
        done, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            fault = self.random.choice(FAULTS)
            done.append(fault)
            if fault in ("reset", "half_close"):
                getattr(self, fault)()
            else:
                self.fault = fault
            time.sleep(self.random.uniform(*calm))
            if fault in ("black_hole", "stop_reading"):
                self.reset()  # else each costs the minute until it is noticed; see the case of the black hole
            self.fault = None
        return done
