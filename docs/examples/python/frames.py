"""The frames between omegate and a plugin in Python: what docs/plugin-frames.md says, and a little comfort.

Copy this file beside your plugin. Only the standard library is used, and of it only what needs no network and no files.
A handler gets an `Event`; what it wants done is collected there and leaves when the handler returns. If it raises, nothing
of it happens: `Fail` is for the user, `Again` has the event come back later, everything else is a mistake of the plugin.
What is printed goes nowhere (stderr is shown when the program ends); `ev.log` writes to the gateway's log.
"""
import json
import os
import re
import traceback

CHANNEL = 3
LEVELS = ["revoked", "undecided", "tofu", "trusted", "verified"]
YES = {"yes", "y", "ok", "okay", "sure", "ja", "j", "oui", "si"}


class Fail(Exception):
    """Expected, and for whoever sent the event."""


class Again(Exception):
    """Not now: the event comes again after `seconds` or later."""

    def __init__(self, seconds, why=""):
        super().__init__(why)
        self.seconds = seconds


def read_exactly(size):
    data = b""
    while len(data) < size:
        piece = os.read(CHANNEL, size - len(data))
        if not piece:
            raise SystemExit  # the gateway is gone
        data += piece
    return data


def receive():
    """Four bytes of length, most significant first, then one JSON object."""
    return json.loads(read_exactly(int.from_bytes(read_exactly(4), "big")))


def send(kind, **members):
    text = json.dumps({"type": kind, **members}).encode()
    data = len(text).to_bytes(4, "big") + text
    while data:
        data = data[os.write(CHANNEL, data):]


def ask(kind, **members):
    """Asks the gateway while an event is handled; its next frame is the answer."""
    send(kind, **members)
    return receive()


class Event:
    """One event. Its members are those of the payload: `ev["text"]`, `ev.get("files", [])`."""

    def __init__(self, plugin, frame):
        self.plugin, self.id, self.kind, self.payload = plugin, frame["id"], frame["kind"], frame["payload"]
        self.effects, self.reads, self.staged = [], {}, {}

    def __getitem__(self, name):
        return self.payload[name]

    def get(self, name, otherwise=None):
        return self.payload.get(name, otherwise)

    def stage(self, kind, **members):
        self.effects.append({"type": kind, **members})
        return f"{self.id}:{len(self.effects) - 1}"

    # --- messages; those that send return a handle
    def send(self, to, text, **options):
        return self.stage("send", to=to, text=text, **options)

    def reply(self, text, **options):
        return self.send(self.get("room") or self["from"], text, **options)

    def message(self):
        """This message, for `answers=` and `react`."""
        return {"to": self.get("room") or self["from"], "id": self.get("message_id", "")}

    def react(self, target, *reactions):
        self.stage("react", target=target, reactions=list(reactions))

    def edit(self, target, text):
        self.stage("edit", target=target, text=text)

    def retract(self, target):
        self.stage("retract", target=target)

    # --- what is kept: JSON by key
    def keep_get(self, key, otherwise=None):
        if key in self.staged:
            value = self.staged[key]
        else:
            if key not in self.reads:
                self.reads[key] = ask("kv_get", key=key)
            value = self.reads[key].get("value")
        return otherwise if value is None else json.loads(value)

    def keep_put(self, key, value, **options):
        self.staged[key] = json.dumps(value)
        self.stage("kv_put", key=key, value=self.staged[key], **options)

    def keep_delete(self, key):
        self.staged[key] = None
        self.stage("kv_delete", key=key)

    def keys(self, prefix=""):
        """Those that are kept; what this handler stages is not among them yet."""
        found, after = [], ""
        while True:
            page = ask("kv_keys", prefix=prefix, after=after, limit=500)
            found += page["keys"]
            if not page["more"]:
                return found
            after = found[-1]

    # --- later
    def timer(self, name, seconds, state=None, timer_id=None):
        timer_id = timer_id or f"{self.id}/{len(self.effects)}"
        self.stage("set_timer", id=timer_id, name=name, due_ms=self["time_ms"] + int(seconds * 1000), state=json.dumps(state))
        return timer_id

    def cancel(self, timer_id):
        self.stage("cancel_timer", id=timer_id)

    def ask(self, text, name, state=None, seconds=3600, min_trust="undecided", to=None):
        """Whoever caused the event, or `to`: their next message is for `on_answer`."""
        self.send(to, text) if to else self.reply(text)
        self.stage("ask", name=name, state=json.dumps(state), patience=seconds, min_trust=min_trust, **({"to": to} if to else {}))

    @property
    def yes(self):
        return self.get("outcome") == "answered" and self.get("text", "").strip(" .!,\n").lower() in YES

    # --- elsewhere
    def fetch(self, host, path, method="GET", **options):
        fetched = ask("fetch", host=host, method=method, path=path, headers=options.pop("headers", []), **options)
        if fetched.get("refused"):
            raise RuntimeError(fetched["error"])
        return fetched

    def zone(self, name):
        """Seconds that its clocks are ahead of UTC now; None: there is no such zone."""
        time = ask("zone", zone=name, time_ms=self["time_ms"], local=False)
        return time["offset"] if time["known"] else None

    def mail(self, to, subject, text, **options):
        load = self.plugin.load
        if "mail_domain" not in load:
            raise RuntimeError("the operator set up no sending of mails")
        message_id = f"<{load['mail_seed']}.{self.id}.{len(self.effects)}@{load['mail_domain']}>"
        self.stage("mail", to=to, subject=subject, text=text, message_id=message_id, **options)
        return message_id

    def publish(self, topic, data):
        """For the plugins that hear of the topic."""
        self.stage("publish", topic=topic, data=json.dumps(data))

    def log(self, text, level="info"):
        send("log", level=level, text=text)

    def done(self):
        reads = [{"key": key, "version": read["version"]} for key, read in self.reads.items()]
        send("done", id=self.id, effects=self.effects, reads=reads)


class Plugin:
    """Register handlers on it, then `run`. `config`, `secrets`, `accounts`, `hosts` are in `load`."""

    def __init__(self):
        self.load = receive()
        self.config = self.load["config"]
        self.handlers, self.kinds = {}, set()
        self.ready = {"hooks": [], "commands": [], "subscriptions": [], "kv": False, "schedules": []}

    def _register(self, kind, name):
        def keep(function):
            self.handlers[kind, name] = function
            return function
        return keep

    def command(self, usage, help_text, **options):
        """`usage` names the arguments: "deploy <service> [<version>]"; the last one takes the rest. `fn(ev, **arguments)`."""
        if ":" in usage:
            raise ValueError(f"{usage}: arguments have no types here, they arrive as texts")
        name = usage.split()[0]
        self.ready["commands"].append({"name": name, "usage": usage, "help": help_text, **options})

        def keep(function):
            def run(event):
                function(event, **arguments(usage, event["args"]))
            return self._register("command", name)(run)
        return keep

    def on(self, kind, min_trust=None):
        """message, edit, retract, reaction, marker, typing, key, mail, mail_sent, mail_failed; `ran` comes unasked.

        What may come in the clear is heard from keys that are trusted at least `tofu`, unless `min_trust` is less."""
        if kind != "ran":
            self.ready["subscriptions"].append(kind)
        least = min_trust or ("tofu" if kind in ("retract", "reaction", "marker", "typing") else "revoked")

        def keep(function):
            def run(event):
                if LEVELS.index(event.get("trust", "revoked")) >= LEVELS.index(least):
                    function(event)
            return self._register(kind, None)(run)
        return keep

    def on_timer(self, name):
        return self._register("timer", name)

    def on_answer(self, name):
        return self._register("answer", name)

    def on_topic(self, topic):
        self.ready.setdefault("topics", []).append(topic)
        return self._register("topic", topic)

    def every(self, name, seconds):
        self.ready["schedules"].append({"name": name, "every": seconds})
        return self._register("timer", name)

    def cron(self, name, line, zone="UTC"):
        self.ready["schedules"].append({"name": name, "cron": line, "zone": zone})
        return self._register("timer", name)

    def hook(self, path, secret, methods=("POST",)):
        self.ready["hooks"].append({"path": path, "secret": secret, "methods": list(methods)})
        return self._register("hook", path)

    def keeps(self):
        self.ready["kv"] = True

    def run(self):
        send("ready", **self.ready)
        while True:
            frame = receive()
            if frame["type"] == "stop":
                return
            self.handle(Event(self, frame))

    def handle(self, event):
        named = {"command": "name", "timer": "name", "answer": "name", "hook": "path", "topic": "topic"}.get(event.kind)
        function = self.handlers.get((event.kind, event[named] if named else None))
        try:
            if function:
                function(event)
            event.done()
        except Fail as why:
            send("failed", id=event.id, error=str(why), expected=True)
        except Again as why:
            send("failed", id=event.id, error=str(why), again_in=why.seconds)
        except Exception as why:  # the plugin's mistake: told with where it was made
            send("failed", id=event.id, error=f"{type(why).__name__}: {why}", traceback=traceback.format_exc())


def arguments(usage, rest):
    """What follows a command, by the names in its usage."""
    wanted = re.findall(r"(\[?)<(\w+)>", usage)
    found = {}
    for place, (_, name) in enumerate(wanted):
        if not rest:
            break
        found[name], _, rest = (rest, "", "") if place == len(wanted) - 1 else rest.partition(" ")
        rest = rest.lstrip()
    if rest or any(not optional and name not in found for optional, name in wanted):
        raise Fail("Usage: " + usage)
    return found


def serve(make):
    """`make(plugin)` registers the handlers. A mistake in it is reported as one of loading."""
    try:
        plugin = Plugin()
        make(plugin)
    except Exception as why:
        send("load_failed", error=f"{type(why).__name__}: {why}", traceback=traceback.format_exc())
        raise SystemExit(10)
    plugin.run()
