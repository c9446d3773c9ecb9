#!/usr/bin/env python3
"""Fails if a file under bridge/ includes what its ring must not know. The rule stands in bridge/README.md.

usage: check_layers.py [ROOT]
"""
import pathlib
import re
import sys

# A ring may include itself and what stands before it. The worker knows core only.
RINGS = {"core": {"core"}, "edge": {"core", "edge"}, "gateway": {"core", "edge", "gateway"},
         "app": {"core", "edge", "gateway", "app"}, "worker": {"core", "worker"}}
# Inside core a module may include itself and modules of a lower rank.
RANK = {"base": 0, "crypto": 1, "xml": 1, "plugin": 1, "omemo": 2, "trust": 2, "mail": 2, "xmpp": 3}
# A third-party library and the only places that may see it.
LIBRARIES = [
    (r"sodium", ["core/crypto"]),
    (r"openssl/", ["core/crypto", "edge/net"]),
    (r"protozero/", ["core/omemo"]),
    (r"expat", ["core/xml"]),
    (r"unicode/", ["core/xmpp", "edge/zones"]),
    (r"boost/(asio|beast)", ["edge", "gateway", "app"]),
    (r"boost/json", ["core/plugin", "edge/http", "gateway", "app", "worker"]),
    (r"(SQLiteCpp|sqlite3)", ["edge/store"]),
    (r"yaml-cpp", ["edge/config"]),
    (r"ares", ["edge/net"]),
    (r"qrencode", ["edge/qr"]),
    (r"(gmime|glib)", ["edge/mime"]),
    (r"lua", ["worker"]),
    (r"seccomp", ["worker"]),
    (r"re2/", ["worker"]),
    (r"CLI/", ["app"]),
    (r"spdlog", ["gateway", "app"]),
]
INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)')


def complaint(place, include):
    """Why the folder `place` ("edge/net") may not include `include`; None if it may."""
    ring, module = place.split("/")
    if not include.startswith("bridge/"):
        for pattern, owners in LIBRARIES:
            if re.match(pattern, include):
                seen = any(place == o or ring == o for o in owners)
                return None if seen else f"only {', '.join(owners)} may see this library"
        return None
    _, other_ring, other_module, *_ = include.split("/")
    if other_ring not in RINGS[ring]:
        return f"{ring} must not know {other_ring}"
    if ring == other_ring == "edge" and module != other_module:
        return "edges do not know each other"
    if ring == other_ring == "core" and module != other_module and RANK[other_module] >= RANK[module]:
        return f"inside core, {module} must not know {other_module}"
    return None


def main(root):
    faults = 0
    for path in sorted(root.glob("bridge/**/*.?pp")):
        parts = path.relative_to(root).parts[1:]
        place = f"{parts[0]}/{parts[1] if len(parts) > 2 else ''}"
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            why = match and complaint(place, match[1])
            if why:
                print(f"{path.relative_to(root)}:{number}: {match[1]}: {why}")
                faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
