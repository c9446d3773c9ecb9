"""A Debian sid in a folder, with what Debian 12 does not have: a Matrix homeserver.

Made once, by debootstrap, from the archive that apt uses here, and kept for later runs: some minutes and half a gigabyte.
Programs in it run in a chroot, as root; nothing is mounted when it is ready.
"""
import fcntl
import os
import shutil
import subprocess

from stage import Failure, run, tool

PLACE = os.environ.get("OMEGATE_SID", "/var/cache/omegate-tests/sid")
PACKAGES = ["ca-certificates", "matrix-synapse"]
CLEAN = ["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
APT = """APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Check-Date "false";
DPkg::Options {"--force-unsafe-io";};
"""


def sid_root(stage):
    """Its folder; made if it is not there. One who makes it, others wait."""
    if os.geteuid() != 0:
        raise Failure("a root of another Debian needs root: chroot")
    os.makedirs(os.path.dirname(PLACE), exist_ok=True)
    with open(PLACE + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(PLACE, ".complete")):
            stage.say(f"making a Debian sid in {PLACE}")
            make()
    return PLACE


def archive():
    """Where apt has the packages of this Debian from."""
    lines = run(["apt-get", "indextargets", "--format", "$(SITE) $(CODENAME) $(COMPONENT)", "Created-By: Packages"]).stdout.split("\n")
    found = [line.split() for line in lines if line.endswith(" main")]
    sites = [site for site, suite, _ in found if "-" not in suite]
    if not sites:
        raise Failure("apt knows no archive of Debian here")
    return sites[0]


def make():
    shutil.rmtree(PLACE, ignore_errors=True)
    mirror = archive()
    command(tool("debootstrap"), "--variant=minbase", "--include=ca-certificates", "sid", PLACE, mirror)
    write("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)  # no service starts
    write("etc/apt/apt.conf.d/90tests", APT)
    write("etc/apt/sources.list", f"deb {mirror} sid main\n")
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", os.path.join(PLACE, "etc", name))
    command("mount", "-t", "proc", "proc", PLACE + "/proc")
    try:
        command("chroot", PLACE, *CLEAN, "apt-get", "update")
        command("chroot", PLACE, *CLEAN, "apt-get", "-y", "install", *PACKAGES)
        command("chroot", PLACE, *CLEAN, "apt-get", "clean")
    finally:
        command("umount", PLACE + "/proc")
    write(".complete", "")


def command(*argv):
    with open(PLACE + ".log", "ab") as log:
        code = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=1800, check=False).returncode
    if code:
        raise Failure(f"{' '.join(argv)} ended with {code}; everything is in {PLACE}.log")


def write(name, text, mode=0o644):
    path = os.path.join(PLACE, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
