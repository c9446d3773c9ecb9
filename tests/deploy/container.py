"""A machine of its own to boot systemd in, made of this one: its root read-only below, a memory disk above.

Nothing that happens in it reaches this machine: own files, processes, network (a loopback), hostname, cgroups. It wants
root. Not here: what happens in it (inside.py).

usage: container.py UNIT-FILE... -- ROOT        boots; the last unit decides the exit code (SuccessAction=exit)
Exit code 77: this machine gives nobody a machine of their own.
"""
import ctypes
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import traceback

NOT_POSSIBLE = 77
CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x20000000, 0x40000000
CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWCGROUP = 0x04000000, 0x08000000, 0x02000000
libc = ctypes.CDLL(None, use_errno=True)


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def cgroups():
    """Where the one hierarchy of cgroups is mounted that systemd works with."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, place, kind, *_ = line.split()
            if kind == "cgroup2":
                return place
    give_up("there is no cgroup2 hierarchy on this machine")


def give_up(reason):
    print(f"container.py: {reason}", file=sys.stderr)
    sys.exit(NOT_POSSIBLE)


def enter_cgroup():
    folder = os.path.join(cgroups(), f"omegate-test-{os.getpid()}")
    try:
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "cgroup.procs"), "w", encoding="ascii") as members:
            members.write(str(os.getpid()))
    except OSError as failure:
        give_up(f"no cgroup of its own: {failure}")


def build_root(place, keep):
    """`keep`: folders that stay as they are, whatever else is hidden."""
    root = os.path.join(place, "root")
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", place)
    for name in ("upper", "work", "root"):
        os.makedirs(os.path.join(place, name))
    mount("-t", "overlay", "-o", f"lowerdir=/,upperdir={place}/upper,workdir={place}/work", "overlay", root)
    for name in ("tmp", "run"):
        mount("-t", "tmpfs", "-o", "mode=1777" if name == "tmp" else "mode=755", "tmpfs", f"{root}/{name}")
    for folder in keep:
        os.makedirs(root + folder, exist_ok=True)
        mount("--rbind", folder, root + folder)
    mount("-t", "proc", "proc", f"{root}/proc")
    mount("--bind", f"{root}/proc/sys", f"{root}/proc/sys")  # the kernel is shared: its settings stay
    mount("-o", "remount,bind,ro", f"{root}/proc/sys")
    mount("-t", "sysfs", "-o", "ro", "sysfs", f"{root}/sys")
    mount("-t", "tmpfs", "tmpfs", f"{root}/sys/fs/cgroup")
    mount("-t", "cgroup2", "cgroup2", f"{root}/sys/fs/cgroup")
    devices(root)
    return root


def devices(root):
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", f"{root}/dev")
    old = os.umask(0)
    for name, minor in (("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)):
        os.mknod(f"{root}/dev/{name}", 0o666 | stat.S_IFCHR, os.makedev(1, minor))
    os.mknod(f"{root}/dev/tty", 0o666 | stat.S_IFCHR, os.makedev(5, 0))
    os.umask(old)
    for name in ("pts", "shm", "mqueue"):
        os.makedirs(f"{root}/dev/{name}")
    mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620", "devpts", f"{root}/dev/pts")
    mount("-t", "tmpfs", "tmpfs", f"{root}/dev/shm")
    os.symlink("pts/ptmx", f"{root}/dev/ptmx")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{root}/dev/{name}")
    os.symlink("/proc/self/fd", f"{root}/dev/fd")


def quieten(root):
    """Of this machine's own services none is started; the network has a loopback only."""
    folder = f"{root}/etc/systemd/system"
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.endswith((".wants", ".requires")):
            shutil.rmtree(path)
    for name in ("network-online.target", "systemd-networkd.service", "systemd-resolved.service", "systemd-udevd.service",
                 "systemd-hwdb-update.service", "systemd-firstboot.service", "systemd-sysctl.service", "systemd-modules-load.service",
                 "systemd-remount-fs.service", "sys-kernel-debug.mount", "sys-kernel-tracing.mount", "dev-hugepages.mount",
                 "sys-fs-fuse-connections.mount", "kmod-static-nodes.service", "modprobe@.service", "ldconfig.service", "apparmor.service",
                 "systemd-journal-catalog-update.service", "systemd-update-done.service", "dbus.service", "dbus.socket"):
        path = os.path.join(folder, name)
        if not os.path.lexists(path):
            os.symlink("/dev/null", path)


def boot(units, keep):
    place = tempfile.mkdtemp(prefix="omegate-machine-")
    keeper = os.fork()  # it goes where we must not: what it leaves behind is cleared away from here
    if keeper == 0:
        os._exit(keep_machine(place, units, keep))
    _, status = os.waitpid(keeper, 0)
    for folder, _, _ in os.walk(os.path.join(cgroups(), f"omegate-test-{keeper}"), topdown=False):
        os.rmdir(folder)
    os.rmdir(place)  # the mounts are gone with their namespace
    return os.waitstatus_to_exitcode(status)


def keep_machine(place, units, keep):
    try:
        enter_cgroup()
        if libc.unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP) != 0:
            give_up(f"unshare: {os.strerror(ctypes.get_errno())}; this wants root")
        child = os.fork()
        if child == 0:
            become_machine(place, units, keep)
    except SystemExit as end:
        return end.code
    except Exception:
        traceback.print_exc()
        return 1
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def become_machine(place, units, keep):
    mount("--make-rprivate", "/")
    root = build_root(place, keep)
    quieten(root)
    for unit in units:
        shutil.copy(unit, f"{root}/etc/systemd/system/")
    libc.sethostname(b"machine", 7)
    os.chdir(root)
    os.makedirs("old", exist_ok=True)
    subprocess.run(["pivot_root", ".", "old"], check=True)
    os.chdir("/")
    subprocess.run(["umount", "-l", "/old"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    target = os.path.basename(units[-1])
    os.execve("/lib/systemd/systemd", ["/lib/systemd/systemd", f"--unit={target}", "--show-status=no", "--log-target=journal"],
              {"container": "omegate-test", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"})


if __name__ == "__main__":
    if "--" not in sys.argv:
        sys.exit(__doc__)
    cut = sys.argv.index("--")
    sys.exit(boot(sys.argv[1:cut], sys.argv[cut + 1:]))
