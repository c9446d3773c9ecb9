"""Starts omemo_peer.py and talks with it."""
import json
import os
import queue
import subprocess
import threading
import time

from prosody import PASSWORDS, jid
from stage import HERE, PYTHON, Failure, end, until


class Peer:
    """A real client, logged in when constructed.

    `versions`: "omemo2,axolotl" in order of preference, or one of them, or "none" for a client without OMEMO.
    Its keys live as long as `store`, a name on the stage; by default they die with it.
    """

    program = os.path.join(HERE, "omemo_peer.py")

    def __init__(self, stage, server, user, versions="omemo2,axolotl", store=None, resource="peer", carbons=False):
        self.stage, self.user, self.jid = stage, user, jid(user)
        self.history, self.events, self.incoming = [], [], queue.Queue()
        password = stage.write(f"{user}.password", PASSWORDS[user])
        argv = [PYTHON, self.program, "--jid", self.jid, "--password-file", password,
                "--port", str(server.port), "--ca", server.ca, "--versions", versions, "--resource", resource]
        if carbons:
            argv += ["--carbons"]
        if store:
            argv += ["--store", stage.path(store)]
        self.process = stage.launch(f"peer-{user}", argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                    stderr=open(stage.path(f"peer-{user}.err"), "a"))
        threading.Thread(target=self.read, daemon=True).start()
        self.about = self.wait("ready", seconds=30)
        self.device, self.fingerprint = self.about.get("device"), self.about.get("fingerprint")

    def read(self):
        for line in self.process.stdout:
            try:
                self.incoming.put(json.loads(line))
            except ValueError:  # a library printed something
                continue
        self.incoming.put({"event": "eof"})

    def close(self):
        """Logs out, after what it still has to say."""
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            end(self.process)

    # --- words of a test
    def joins(self, room, nick=None):
        nick = nick or self.user
        self.command("join", room=room, nick=nick)
        mine = self.wait("occupant", room=room, nick=nick, gone=False)
        self.stage.say(f"{self.user} is in {room.split('@')[0]}")
        return mine["codes"]

    def says_in(self, room, body, members, version=None):
        """Into a room, encrypted to these bare JIDs."""
        self.stage.say(f"{self.user} -> {room.split('@')[0]}: {body}")
        self.command("send", to=room, body=body, version=version, tag=body, members=members)
        self.wait("sent", tag=body)

    def sends(self, to, body, version=None, **about):
        """Returns once it is on its way; its stanza id. `about`: replace=ID, retract=ID, reply=ID, reactions=[ID, …]."""
        self.stage.say(f"{self.user} -> {to.split('@')[0]}: {body} {about or ''}")
        tag = f"{body} {time.monotonic()}"
        self.command("send", to=to, body=body, version=version, tag=tag, about=about)
        sent = self.wait("sent", tag=tag)
        if not sent["devices"]:
            raise Failure(f"{self.jid} found no device of {to}: {sent['errors']}")
        return sent["id"]

    def sends_file(self, to, path, service, version=None):
        self.stage.say(f"{self.user} -> {to.split('@')[0]}: [file {os.path.basename(path)}]")
        self.command("send_file", to=to, path=path, service=service, version=version, tag=path)
        self.wait("sent", seconds=120, tag=path)

    def gets_file(self, path, seconds=30, **match):
        """Waits for a file, and keeps its content at `path`; the event."""
        heard = self.wait("file", seconds, **match)
        self.stage.say(f"{self.user} gets: {heard['file'].get('name') or heard['file']['url'].rsplit('/')[-1]}   ({heard['version']})")
        self.command("fetch", file=heard["file"], path=path, tag=path)
        self.wait("fetched", seconds=120, tag=path)
        return heard

    def hears(self, body, seconds=15, **match):
        """Waits for this text, decrypted; returns the event."""
        heard = self.wait("message", seconds, body=body, **match)
        self.stage.say(f"{self.user} reads: {body}   ({heard['version']})")
        return heard

    def hears_nothing_of(self, body):
        """Call when whatever could have come has come."""
        self.drain()
        unwanted = [e for e in self.events if e.get("body") == body]
        if unwanted:
            raise Failure(f"{self.jid} must not have got {unwanted}")

    def heard(self):
        """All texts decrypted so far, also those that `hears` took, in order."""
        self.drain()
        return [e["body"] for e in self.history if e["event"] == "message"]

    def iq(self, kind, xml, to=None):
        """A request of any kind; its reply event (type, xml)."""
        tag = f"iq-{time.monotonic()}"
        self.command("iq", type=kind, xml=xml, to=to, tag=tag)
        return self.wait("iq", tag=tag)

    def devices_of(self, other):
        self.command("devices", jid=other)
        return self.wait("devices", jid=other)["devices"]

    def finds_device(self, other, version, seconds=20, device=None):
        """Waits until `other` has a usable device (that one); clients publish theirs some time after their login."""
        def look():
            return [d for d in self.devices_of(other) if version in d["versions"] and device in (None, d["id"])]
        return until(seconds, f"{self.jid} finds a {version} device of {other}", look, pause=0.2)

    # --- below them
    def command(self, cmd, **arguments):
        self.process.stdin.write(json.dumps({"cmd": cmd, **arguments}) + "\n")
        self.process.stdin.flush()

    def take(self, event):
        self.history.append(event)
        self.events.append(event)
        if event["event"] in ("error", "undecryptable"):
            self.stage.say(f"({self.user}: {event})")

    def drain(self):
        while not self.incoming.empty():
            self.take(self.incoming.get())

    def wait(self, event, seconds=15, **match):
        """The first event of that kind, not yet taken, whose fields match; others stay for later."""
        deadline = time.monotonic() + seconds
        while True:
            self.drain()
            for candidate in self.events:
                if candidate["event"] == event and all(candidate.get(k) == v for k, v in match.items()):
                    self.events.remove(candidate)
                    return candidate
            ended = any(e["event"] == "eof" for e in self.events)
            if ended or time.monotonic() > deadline:
                why = "ended" if ended else f"did not within {seconds} s"
                raise Failure(f"{self.jid} should get {event} {match} and {why}; it had {self.events[-6:]}")
            try:
                self.take(self.incoming.get(timeout=0.1))
            except queue.Empty:
                continue
