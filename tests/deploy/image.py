"""The container of deploy/Containerfile, built and run as its head says, against a real server and a real client.

What is compiled in the file's first stage is taken from the build that is tested; its second stage, which is what runs, is
built as it stands, on a Debian made for it. Everything lies in `place` and goes with it. Wants root, podman and runc.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../interop"))
from gateway import Gateway  # noqa: E402
from peer import Peer  # noqa: E402
from prosody import Prosody  # noqa: E402
from stage import ROOT, Stage, check, read, run, until  # noqa: E402

BASE = "docker.io/library/debian:12-slim"
SUITE = "bookworm"
USER = 8443  # of the file


class Podman:
    """Its own store, so that images of this machine are neither used nor changed."""

    def __init__(self, place):
        self.place = place
        # A machine in a container of others may not raise its limits; ours are below them.
        self.limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]

    def __call__(self, verb, *arguments, **options):
        return run(["podman", "--root", f"{self.place}/store", "--runroot", f"{self.place}/run", "--runtime", "runc",
                    "--cgroup-manager", "cgroupfs", verb, *arguments], **options)


def build_image(podman, build, place):
    context = os.path.join(place, "context")
    run(["debootstrap", "--variant=minbase", SUITE, f"{place}/debian"], timeout=600)
    run(["tar", "-C", f"{place}/debian", "-cf", f"{place}/debian.tar", "."], timeout=120)
    podman("import", f"{place}/debian.tar", BASE, timeout=120)
    run(["cmake", "--install", build, "--prefix", f"{context}/usr", "--component", "program", "--strip"], timeout=60)
    os.makedirs(f"{context}/scripts")
    run(["cp", os.path.join(ROOT, "scripts/packages.sh"), f"{context}/scripts/"])
    text = read(os.path.join(ROOT, "deploy/Containerfile")).decode()
    stages = re.split(r"(?m)^(?=FROM )", text)
    check(len(stages) == 3 and "AS build" in stages[1], "a stage that compiles and a stage that runs")
    with open(f"{context}/Containerfile", "w", encoding="utf-8") as file:
        file.write("FROM scratch AS build\nCOPY usr /usr\n" + stages[2])
    podman("build", "--format", "docker", "--pull=never", "--network=host", *podman.limits, "-t", "omegate", "-f",
           f"{context}/Containerfile", context, timeout=600)


def flags_of_the_head():
    """Those of `podman run -d` in the file's head, but for its ports: the test's server is on this machine's loopback."""
    text = read(os.path.join(ROOT, "deploy/Containerfile")).decode().replace("\\\n#", "")
    line = re.search(r"podman run -d (.*) omegate\n", text)[1]
    return [word for word in re.sub(r"-p \S+|-v \S+|--name \S+", "", line).split()]


class InContainer(Gateway):
    """The gateway of a test, its program in a container with the folders of the stage as its volumes."""

    def __init__(self, podman, *about, **more):
        self.podman = podman
        super().__init__(*about, **more)

    def settings(self):
        here = self.stage.path("gateway", "")
        text = json.dumps({**super().settings(), "anchor_dir": "/var/lib/omegate-anchor"})
        return json.loads(text.replace(self.data_dir, "/var/lib/omegate").replace(self.server.ca, "/etc/omegate/ca.pem").replace(here, "/var/lib/omegate/"))

    def start(self, ready=True, under=()):
        config, data = os.path.dirname(self.config), self.data_dir
        anchor = self.stage.path("gateway", "anchor", "")
        os.makedirs(anchor, exist_ok=True)
        run(["cp", self.server.ca, f"{config}/ca.pem"])
        run(["chown", "-R", f"{USER}:{USER}", self.stage.dir])
        os.chmod(self.stage.dir, 0o755)
        self.podman("run", "-d", "--name", "omegate", "--network=host", *self.podman.limits, *flags_of_the_head(),
                    "-v", f"{config}:/etc/omegate:ro", "-v", f"{data}:/var/lib/omegate", "-v", f"{anchor}:/var/lib/omegate-anchor", "omegate")
        self.stage.at_end(lambda: self.podman("rm", "-f", "-t", "0", "omegate", check_code=False))
        until(30, lambda: f"it is ready: {self.said()}", lambda: self.healthy() and json.loads(self.inside("status", "--json") or "{}").get("ready"), pause=0.5)

    def healthy(self):
        return self.podman("healthcheck", "run", "omegate", check_code=False).returncode == 0

    def inside(self, *arguments):
        return self.podman("exec", "omegate", "/usr/bin/omegate", *arguments, check_code=False).stdout

    def said(self):
        done = self.podman("logs", "omegate", check_code=False)
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "verb=status" not in line]  # those are ours
        return "\n".join(lines)[-2000:]


def image_runs_as_its_file_says(build, place):
    podman = Podman(place)
    build_image(podman, build, place)
    with Stage(place=place) as stage:
        server = Prosody(stage)
        alice = Peer(stage, server, "alice")
        bot = InContainer(podman, stage, server)
        bot.alerts("from a container")
        alice.hears("from a container")
        pid = int(podman("inspect", "--format", "{{.State.Pid}}", "omegate").stdout)
        status = read(f"/proc/{pid}/status").decode()
        check(re.search(rf"^Uid:\s+{USER}\s", status, re.M) and re.search(r"^CapEff:\s+0+$", status, re.M), f"not root, no capability: {status}")
        workers = run(["pgrep", "-P", str(pid), "omegate-plugin"]).stdout.split()
        check(len(workers) == 2, f"a worker for each plugin: {workers}")
        for worker in workers:
            check(re.search(r"^Seccomp:\s+2$", read(f"/proc/{worker}/status").decode(), re.M), "locked in")
        check(podman("exec", "omegate", "touch", "/etc/omegate/x", check_code=False).returncode != 0, "it cannot write to its settings")
        podman("stop", "-t", "20", "omegate", timeout=40)
        check(podman("inspect", "--format", "{{.State.ExitCode}}", "omegate").stdout.strip() == "0", f"it ends by itself: {bot.said()}")
        podman("start", "omegate")
        until(30, "it is ready again", bot.healthy, pause=0.5)
        bot.alerts("after a restart")
        alice.hears("after a restart")
        check(alice.heard() == ["from a container", "after a restart"], f"each once: {alice.heard()}")
