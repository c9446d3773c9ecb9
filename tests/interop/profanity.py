"""Profanity, a client of the legacy OMEMO version, driven through a terminal of its own (tmux)."""
import os
import re
import time

from prosody import DOMAIN, PASSWORDS, jid
from stage import Failure, run, tool, until

CONFIG = """\
[ui]
splash=false
titlebar.show=false
enc.warn=false
beep=false
flash=false
[logging]
dblog=off
chlog=false
[notifications]
message=off
invite=false
sub=false
remind=0
[connection]
account={jid}
autoping=0
reconnect=0
[omemo]
policy=manual
trustmode={trust}
log=off
"""
ACCOUNT = """\
[{jid}]
enabled=true
jid={jid}
server=127.0.0.1
port={port}
resource=profanity
muc.service=conference.{domain}
presence.last=online
presence.login=online
tls.policy=trust
auth.policy=default
password={password}
"""


class Profanity:
    """Logged in, with OMEMO keys published, when constructed. `trust`: blind, firstusage or manual.

    Its server must be a Prosody with friends and legacy codes: it publishes its first device list only if the
    server's errors carry them, and its bundles are for subscribed contacts alone.
    """

    def __init__(self, stage, server, user, trust="blind", columns=160, lines=50):
        self.stage, self.user, self.jid = stage, user, jid(user)
        self.home = f"profanity-{user}"
        self.socket = stage.path(self.home, "tmux")
        self.columns, self.lines = columns, lines
        self.write_config(server, trust)
        # Not a daemon: so it is our child, and ends with us.
        self.tmux_server = stage.launch(f"tmux-{user}", [tool("tmux"), "-S", self.socket, "-f", "/dev/null", "-D"],
                                        env={"TERM": "screen-256color", "LANG": "C.UTF-8", "TMUX": ""})
        stage.at_end(lambda: self.tmux("kill-server", check_code=False))
        until(5, "tmux listens", lambda: os.path.exists(self.socket))
        self.open_window()
        self.shows(f"{re.escape(self.jid)}/profanity logged in", 30)
        self.types("/omemo gen")
        self.device = int(re.search(r"Device ID is (\d+)", self.shows(r"Your Device ID is \d+", 60))[1])

    def write_config(self, server, trust):
        self.stage.write(f"{self.home}/config/profanity/profrc", CONFIG.format(jid=self.jid, trust=trust))
        self.stage.write(f"{self.home}/data/profanity/accounts",
                         ACCOUNT.format(jid=self.jid, port=server.port, password=PASSWORDS[self.user], domain=DOMAIN))

    def open_window(self):
        home = self.stage.path(self.home, "")
        places = {"HOME": home, "XDG_CONFIG_HOME": home + "config", "XDG_DATA_HOME": home + "data",
                  "XDG_CACHE_HOME": home + "cache", "LANG": "C.UTF-8", "TERM": "screen-256color"}
        assignments = [f"{name}={value}" for name, value in places.items()]
        self.tmux("new-session", "-d", "-s", "client", "-x", str(self.columns), "-y", str(self.lines),
                  "env", *assignments, tool("profanity"), "-l", "INFO")
        self.tmux("set-option", "-t", "client", "remain-on-exit", "on")

    def tmux(self, *arguments, **options):
        return run([tool("tmux"), "-S", self.socket, "-f", "/dev/null", *arguments], **options).stdout

    # --- words of a test
    def types(self, line):
        """One line and Enter; the pause keeps Profanity from taking both for pasted text."""
        self.tmux("send-keys", "-t", "client", "-l", "--", line)
        time.sleep(0.1)
        self.tmux("send-keys", "-t", "client", "Enter")

    def opens_chat(self, other):
        """A window with `other`, in it OMEMO switched on."""
        self.types(f"/msg {other}")
        self.shows_after(0.3)
        self.types("/omemo start")

    def says(self, text):
        self.stage.say(f"{self.user} types: {text}")
        self.types(text)

    def screen(self):
        text = self.tmux("capture-pane", "-p", "-J", "-t", "client")
        return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())

    def shows(self, pattern, seconds=15):
        """Waits for a line on the screen that matches; returns it."""
        def look():
            return next((line for line in self.screen().splitlines() if re.search(pattern, line)), None)
        return until(seconds, lambda: f"Profanity shows /{pattern}/; its screen:\n{self.screen()}", look, pause=0.1)

    def reads(self, text, seconds=15):
        line = self.shows(re.escape(text), seconds)
        self.stage.say(f"{self.user}'s window: {line.strip()}")
        return line

    def own_fingerprint(self):
        return self.fingerprint_in("/omemo fingerprint")

    def fingerprint_in(self, command):
        """64 hex digits out of what the command prints last."""
        self.types(command)
        self.shows_after(0.5)
        found = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{8}){7}", self.screen())
        if not found:
            raise Failure(f"no fingerprint after {command}:\n{self.screen()}")
        return found[-1].replace("-", "")

    @staticmethod
    def shows_after(seconds):
        time.sleep(seconds)  # nothing on the screen says that it is done
