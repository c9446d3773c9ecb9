"""Prosody, Synapse, and the gateway between them: for the cases of the bridge to Matrix."""
import os

from gateway import PROGRAM, Gateway
from peer import Peer
from prosody import Prosody
from stage import read, run
from synapse import NAME, MatrixUser, Synapse

BOT = f"@_xmpp_bot:{NAME}"
MIB = 1 << 20


def ghost_of(jid):
    return f"@_xmpp_{jid.replace('@', '=40')}:{NAME}"


class WithFiles(Gateway):
    def settings(self):
        return {**super().settings(), "files": {"private_hosts": ["localhost"]}}


class Bridge:
    """Alice in a chat with the bot, Maria and Nina in a room with it.

    limits   Synapse's rate limits, which hold for the bridge, too
    found    called with the bridge before the gateway starts: makes a room for the chat, and returns its JID and more settings of the bot
    config   of the plugin, over the usual one; `hosts` of it: name → access token
    """

    def __init__(self, stage, ghosts=False, limits=None, version="omemo2,axolotl", found=None, uploads=0, links=True, config=None, puppets=None):
        self.stage, self.server = stage, Prosody(stage, rooms=bool(found), uploads=uploads)
        self.alice = Peer(stage, self.server, "alice", version, store="alice.keys")
        self.chat, of_the_bot = found(self) if found else (self.alice.jid, {})
        self.bot = WithFiles(stage, self.server, start=False, **of_the_bot)
        self.folder = stage.path("matrix")
        run([PROGRAM, "matrix", "registration", self.folder, "--server", NAME, "--url", f"http://127.0.0.1:{self.bot.http_port}"])
        if limits:  # which a service can be exempt from
            text = read(os.path.join(self.folder, "registration.yaml")).decode()
            stage.write("matrix/registration.yaml", text.replace("rate_limited: false", "rate_limited: true"))
        self.synapse = Synapse(stage, os.path.join(self.folder, "registration.yaml"), limits)
        self.maria, self.nina = MatrixUser(self.synapse, "maria"), MatrixUser(self.synapse, "nina")
        self.room = self.maria.makes_room(self.nina.id, BOT)
        self.nina.joins(self.room)
        self.ghosts, self.config, self.puppets = ghosts, config or {}, puppets(self) if puppets else {}
        self.uses(links)
        self.bot.start()
        self.alice.finds_device(self.bot.jid, version.split(",")[0])

    def uses(self, links=True):
        """What the plugin is told from the next start on. `links`: the room and the chat are one."""
        self.bot.plugins = {"matrix": self.settings(links)}
        self.bot.write_files()

    def settings(self, links):
        at = lambda name: os.path.join(self.folder, name)
        url = f"http://127.0.0.1:{self.synapse.port}"
        hosts = {"homeserver": {"url": url, "bearer": {"file": at("as_token")}, "allow_private": True}}
        for name, (_, user) in self.puppets.items():
            hosts[name] = {"url": url, "bearer": {"file": self.stage.write(f"matrix/{name}.token", user.token)}, "allow_private": True}
        link = {"room": self.room, "chat": self.chat, "encryption_ends_here": True}
        return {
            "hosts": hosts,
            "secrets": {"hs_token": {"file": at("hs_token")}},
            "roles": {"admin": [self.alice.jid]},
            "config": {"host": "homeserver", "secret": "hs_token", "server": NAME, "ghosts": self.ghosts, "links": {"ops": link} if links else {},
                       "puppets": {name: {"jid": jid, "user": user.id, "host": name} for name, (jid, user) in self.puppets.items()}, **self.config},
        }

    def texts(self):
        """What people read in the room of what came from the chat, in order; edits and what was taken back are not counted."""
        return [e["content"]["body"] for e in self.maria.timeline(self.room)
                if e["type"] == "m.room.message" and e["sender"] == BOT and "body" in e["content"] and "m.new_content" not in e["content"]]
