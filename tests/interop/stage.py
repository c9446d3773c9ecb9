"""The stage of one case: a directory of its own, free ports, child processes, a transcript, and the end of it all.

Not here: what plays on it (prosody.py, peer.py, profanity.py, gateway.py) and the list of cases (cases.py).
"""
import ctypes
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PYTHON = "/usr/bin/python3"  # Debian's, which sees Debian's modules; another may come first in PATH
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


class Failure(AssertionError):
    """What should have happened and did not."""


def until(seconds, what, attempt, pause=0.05):
    """The first true value of `attempt()`. Fails after `seconds`, saying `what` did not happen (text or function)."""
    end = time.monotonic() + seconds
    while True:
        value = attempt()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(pause)


def check(truth, what):
    if not truth:
        raise Failure(what)


def canary(name="canary"):
    """A random text that is nowhere by chance and survives every encoding of XML and JSON."""
    return f"{name}-{secrets.token_hex(12)}"


def read(path):
    """The bytes of a file; of none, nothing."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


class Stage:
    """Use as a context. Everything started on it ends with it, by pid, last first."""

    def __init__(self, keep=False, place="/tmp"):
        self.dir = tempfile.mkdtemp(prefix="og-", dir=place)  # short: unix sockets end at 107 bytes
        self.keep = keep
        self.endings = []
        self.start = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for ending in reversed(self.endings):
            try:
                ending()
            except Exception as failure:  # the rest must still end
                self.say(f"(while ending: {failure})")
        if not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)

    def say(self, text):
        print(f"  {time.monotonic() - self.start:6.2f}  {text}", flush=True)

    def show_logs(self, lines=25):
        """The last lines of what everybody here wrote, for a failure's transcript."""
        for folder, _, names in sorted(os.walk(self.dir)):
            for name in sorted(n for n in names if n.endswith((".out", ".err", "gateway.log"))):
                tail = read(os.path.join(folder, name)).decode(errors="replace").splitlines()[-lines:]
                if tail:
                    print(f"  --- {os.path.relpath(os.path.join(folder, name), self.dir)}")
                    print("\n".join("  | " + line for line in tail))

    def path(self, *parts):
        """A path on the stage; its directory is made."""
        path = os.path.join(self.dir, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, text, mode=0o600):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def at_end(self, ending):
        self.endings.append(ending)

    def free_port(self):
        """Below the range that outgoing connections take theirs from, so that none of them gets in between."""
        while True:
            port = random.randrange(12000, 32000)
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue

    def launch(self, name, argv, log=None, env=None, **options):
        """A child that dies with us, whatever happens to us. Its output goes to `log` on the stage unless piped."""
        if "stdout" not in options:
            options["stdout"] = open(self.path(log or name + ".out"), "ab")
            options.setdefault("stderr", subprocess.STDOUT)
        options.setdefault("stdin", subprocess.DEVNULL)
        child = subprocess.Popen(argv, env={**os.environ, **(env or {})}, preexec_fn=die_with_parent, **options)
        if hasattr(options["stdout"], "close"):
            options["stdout"].close()
        self.at_end(lambda: (child.kill(), child.wait()))
        return child


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end(child, patience=5):
    """TERM, then after `patience` seconds KILL. Returns the exit code."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


def run(argv, timeout=30, check_code=True, **options):
    """A short command: its CompletedProcess with text output. Fails with that output if the exit code is not 0."""
    done = subprocess.run(argv, timeout=timeout, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL if "input" not in options else None, **options)
    if check_code and done.returncode != 0:
        raise Failure(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def port_is_open(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tool(name):
    """Where a program is, also when /usr/sbin is not in PATH."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin")
    if not found:
        raise Failure(f"{name} is not installed: run scripts/packages.sh install test")
    return found
