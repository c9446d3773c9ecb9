"""Listens on the loopback wire of a server, as anybody on the network could."""
import os
import shutil
import subprocess

from stage import Failure, read, run, tool, until


class WireTap:
    """Capturing when constructed. Needs root, or sudo without a password."""

    def __init__(self, stage, server, name="wire.pcap"):
        self.path = stage.path(name)
        self.as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if self.as_root and not shutil.which("sudo"):
            raise Failure("capturing packets takes root or sudo, and here is neither")
        ports = f"port {server.port} or port {server.direct_tls_port}"
        errors = stage.path(name + ".err")
        capture = ["-i", "lo", "-s", "0", "-B", "8192", "-U", "-Z", "root", "-w", self.path, ports]
        self.process = stage.launch(
            "tcpdump", [*self.as_root, tool("tcpdump"), *capture],
            stdout=subprocess.DEVNULL, stderr=open(errors, "w"))

        def listening():
            if self.process.poll() is not None:
                raise Failure(f"tcpdump cannot capture: {read(errors).decode()}")
            return b"listening on" in read(errors)
        until(10, "tcpdump listens", listening)

    def stop(self):
        """All bytes that passed. Fails if the capture missed the talk: every session begins in the clear."""
        run([*self.as_root, "kill", "-INT", str(self.process.pid)])
        self.process.wait(10)
        captured = read(self.path)
        if b"urn:ietf:params:xml:ns:xmpp-tls" not in captured:
            raise Failure(f"the capture ({len(captured)} bytes) does not even contain the STARTTLS of a session")
        return captured
