"""The program under test, as an operator runs it: a config file, its command line, its sockets, its HTTP."""
import http.client
import json
import os
import re
import signal
import socket

from prosody import PASSWORDS, jid
from stage import ROOT, Failure, end, read, run, until

PROGRAM = os.environ.get("OMEGATE", os.path.join(ROOT, "build/release/omegate"))
TOKEN = "hook-token-" + "5c1e9a7b" * 4  # no secret: it is sent in every request of these tests


def account(user, server, *, allow=("alice",), policy="tofu", **more):
    """The settings of one account; `more` overrides or adds. Secrets are file names on the stage."""
    return {"jid": jid(user), "password": {"file": f"{user}.password"}, "host": "127.0.0.1", "port": server.port,
            "ca_file": server.ca, "policy": policy, "allow": [jid(name) for name in allow], **more}


class Gateway:
    """Running and ready when constructed, unless `start=False`.

    accounts  name → settings (see `account`); default: `bot`, which hears alice
    hooks     name → (account, [users]) or (account, [users], settings); default: `alerts` from `bot` to alice
    plugins   name → settings; those besides webhook and responder
    """

    def __init__(self, stage, server, accounts=None, hooks=None, plugins=None, start=True, token=TOKEN, api=None,
                 **of_the_bot):
        self.stage, self.server, self.token = stage, server, token
        self.accounts = accounts or {"bot": account("bot", server, **of_the_bot)}
        self.plugins = plugins or {}
        self.api = api  # the section api: of the config
        self.hooks = hooks or {"alerts": ("bot", ["alice"])}
        self.jid = next(iter(self.accounts.values()))["jid"]
        self.http_port = stage.free_port()
        self.data_dir = stage.path("gateway", "data")
        self.socket = stage.path("gateway", "control.sock")
        self.send_socket = stage.path("gateway", "send.sock")
        self.log = stage.path("gateway.out")
        self.process = None
        self.write_files()
        if start:
            self.start()

    def write_files(self):
        for user, password in PASSWORDS.items():
            self.stage.write(f"gateway/{user}.password", password + "\n")
        self.stage.write("gateway/hook.token", self.token + "\n")
        if not os.path.exists(self.stage.path("gateway", "data.key")):
            self.new_key()
        os.makedirs(self.data_dir, mode=0o700, exist_ok=True)
        self.config = self.stage.write("gateway/omegate.yaml", json.dumps(self.settings(), indent=2))  # JSON is YAML

    def new_key(self):
        """Another key for everything in the database; the old one is gone."""
        path = self.stage.write("gateway/data.key", "")
        with open(path, "wb") as file:
            file.write(os.urandom(32))

    def settings(self):
        hooks = {name: {"secret": "token", "account": sender, "to": [jid(user) for user in users],
                        **(more[0] if more else {})}
                 for name, (sender, users, *more) in self.hooks.items()}
        return {
            "data_dir": self.data_dir,
            "key": {"file": "data.key"},
            "accounts": self.accounts,
            "http": {"listen": f"127.0.0.1:{self.http_port}"},
            "control": {"socket": self.socket, "send_socket": self.send_socket},
            "plugins": {
                "webhook": {"secrets": {"token": {"file": "hook.token"}}, "config": {"hooks": hooks}},
                "responder": {"config": {"replies": [
                    {"command": "tell", "reply": "you said {1}", "help": "repeats what follows"}]}},
                **self.plugins,
            },
            **({"api": self.api} if self.api else {}),
        }

    # --- life
    def start(self, ready=True, under=()):
        """`under`: a command to run it under, like strace, that ends as it ends."""
        if not os.access(PROGRAM, os.X_OK):
            raise Failure(f"{PROGRAM} is not built: scripts/build.sh release")
        self.process = self.stage.launch("gateway", [*under, PROGRAM, "run", "--config", self.config])
        if ready:
            self.becomes_ready()

    def becomes_ready(self, seconds=30):
        until(seconds, lambda: f"the gateway is ready; it says {self.status()}",
              lambda: (self.status() or {}).get("ready"), pause=0.2)

    def status(self):
        """Nothing while it does not answer. Fails if it has ended."""
        if self.process.poll() is not None:
            raise Failure(f"the gateway ended with {self.process.returncode}: {self.log_text()[-1500:]}")
        try:
            return self.ask("status")
        except OSError:
            return None

    def stop(self):
        """As a service manager does; returns the exit code."""
        return end(self.process, patience=20)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self):
        self.stop()
        self.start()

    def log_text(self):
        return read(self.log).decode(errors="replace")

    # --- asking it
    def ask(self, verb, **arguments):
        """One request on the control socket: its data. Fails with its error."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(self.socket)
            connection.sendall(json.dumps({"verb": verb, "args": arguments}).encode() + b"\n")
            answer = json.loads(connection.makefile("rb").readline())
        if not answer["ok"]:
            raise Failure(f"{verb} {arguments}: {answer['error']}")
        return answer["data"]

    def cli(self, *arguments, **options):
        """The command line, as the operator types it: its CompletedProcess."""
        self.stage.say("$ omegate " + " ".join(arguments))
        return run([PROGRAM, *arguments, "--config", self.config], **options)

    def cli_json(self, *arguments):
        return json.loads(self.cli(*arguments, "--json").stdout)

    def post(self, hook, body, token=TOKEN, key=None, content_type="text/plain"):
        """What curl does; the status and the reply's text. Throws OSError when nobody listens."""
        headers = {"Content-Type": content_type}
        if token:
            headers["Authorization"] = "Bearer " + token
        if key:
            headers["Idempotency-Key"] = key
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=20)
        try:
            connection.request("POST", "/hooks/" + hook, body.encode(), headers)
            reply = connection.getresponse()
            return reply.status, reply.read().decode(errors="replace")
        finally:
            connection.close()

    def alerts(self, text, **how):
        """A webhook call that must be accepted."""
        self.stage.say(f"curl -> /hooks/alerts: {text}")
        status, reply = self.post("alerts", text, **how)
        if status != 202:
            raise Failure(f"the webhook answered {status}: {reply}")

    def outbox(self):
        return self.ask("outbox.list", limit=1000)["rows"]

    # --- what it leaves behind
    def everything_written(self):
        """All bytes of its files: name → content. Secrets that the operator put there himself are left out."""
        found = {}
        for folder, _, names in os.walk(self.stage.path("gateway", "")):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not re.search(r"\.(password|token|key|yaml)$", name):
                    found[os.path.relpath(path, self.stage.dir)] = read(path)
        found["gateway.out"] = read(self.log)
        return found
