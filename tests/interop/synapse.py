"""A Matrix homeserver and its users: Synapse, without federation, on loopback."""
import hashlib
import hmac
import json
import os
import secrets
import shutil
import urllib.error
import urllib.parse
import urllib.request

from sid_root import CLEAN, sid_root
from stage import Failure, end, port_is_open, until

NAME = "matrix.test"
V3 = "/_matrix/client/v3"

# Rate limits are as Synapse has them, unless a case says otherwise.
FREELY = {"per_second": 1000, "burst_count": 1000}


class Synapse:
    """Running when constructed. `registration`: the file of an application service."""

    def __init__(self, stage, registration=None, limits=None):
        self.stage, self.port = stage, stage.free_port()
        self.root = sid_root(stage)
        self.inside = "/srv/" + os.path.basename(stage.dir)  # as it sees itself
        self.dir = self.root + self.inside
        os.makedirs(os.path.join(self.dir, "media"))
        stage.at_end(lambda: shutil.rmtree(self.dir, ignore_errors=True))
        self.secret, self.process = secrets.token_hex(16), None
        if registration:
            shutil.copy(registration, os.path.join(self.dir, "registration.yaml"))
        self.write("signing.key", "ed25519 a_test " + secrets.token_urlsafe(32) + "\n")
        self.write("log.yaml", "version: 1\nhandlers: {out: {class: logging.StreamHandler}}\nroot: {level: WARNING, handlers: [out]}\n"
                               "disable_existing_loggers: false\n")
        self.write("homeserver.yaml", json.dumps(self.settings(bool(registration), limits or {})))  # JSON is YAML
        self.start()

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as file:
            file.write(text)

    def settings(self, has_service, limits):
        at = self.inside
        usual = {name: FREELY for name in ("rc_registration", "rc_message")}
        return {
            "server_name": NAME, "pid_file": f"{at}/pid", "log_config": f"{at}/log.yaml", "media_store_path": f"{at}/media",
            "listeners": [{"port": self.port, "bind_addresses": ["127.0.0.1"], "type": "http", "tls": False,
                           "resources": [{"names": ["client"]}]}],
            "database": {"name": "sqlite3", "args": {"database": f"{at}/homeserver.db"}},
            "signing_key_path": f"{at}/signing.key", "registration_shared_secret": self.secret, "macaroon_secret_key": self.secret,
            "form_secret": self.secret, "report_stats": False, "trusted_key_servers": [], "suppress_key_server_warning": True,
            "federation_domain_whitelist": [], "presence": {"enabled": False}, "url_preview_enabled": False, "bcrypt_rounds": 4,
            "app_service_config_files": [f"{at}/registration.yaml"] if has_service else [],
            "rc_login": {"address": FREELY, "account": FREELY, "failed_attempts": FREELY},
            "rc_joins": {"local": FREELY, "remote": FREELY}, "rc_invites": {"per_room": FREELY, "per_user": FREELY, "per_issuer": FREELY},
            **usual, **limits,
        }

    # --- life
    def start(self):
        self.process = self.stage.launch("synapse", ["chroot", self.root, *CLEAN, "python3", "-m", "synapse.app.homeserver", "-c",
                                                     f"{self.inside}/homeserver.yaml"])
        until(90, "Synapse listens", self.listens, pause=0.2)

    def listens(self):
        if self.process.poll() is not None:
            raise Failure(f"Synapse ended with {self.process.returncode}")
        return port_is_open(self.port) and self.ask("GET", "/_matrix/client/versions")[0] == 200

    def stop(self):
        end(self.process, patience=20)

    # --- asking it
    def ask(self, method, path, token=None, body=None, media_type="application/json"):
        """Status and JSON, or the bytes of another type; 0 if nobody listens. `body`: a value, or bytes of `media_type`."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, data=data,
                                         headers={"Content-Type": media_type, **({"Authorization": "Bearer " + token} if token else {})})
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                content = reply.read()
                return reply.status, json.loads(content) if reply.headers.get_content_type() == "application/json" else content
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"{}")
        except OSError:
            return 0, {}

    def call(self, method, path, token=None, body=None, **how):
        """Its JSON; what is not taken fails the case."""
        status, answer = self.ask(method, path, token, body, **how)
        if status != 200:
            raise Failure(f"Synapse answered {status} to {method} {path}: {answer}")
        return answer


class MatrixUser:
    """Registered when constructed."""

    def __init__(self, synapse, name):
        self.synapse, self.stage, self.name = synapse, synapse.stage, name
        nonce = synapse.call("GET", "/_synapse/admin/v1/register")["nonce"]
        mac = hmac.new(synapse.secret.encode(), "\0".join([nonce, name, name + "pw", "notadmin"]).encode(), hashlib.sha1).hexdigest()
        made = synapse.call("POST", "/_synapse/admin/v1/register", body={"nonce": nonce, "username": name, "password": name + "pw", "admin": False, "mac": mac})
        self.id, self.token, self.sent = made["user_id"], made["access_token"], 0

    def call(self, method, *path, body=None):
        return self.synapse.call(method, V3 + "".join("/" + urllib.parse.quote(part, safe="") for part in path), self.token, body)

    def makes_room(self, *invited, encrypted=False):
        state = [{"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}] if encrypted else []
        return self.call("POST", "createRoom", body={"preset": "private_chat", "invite": list(invited), "initial_state": state})["room_id"]

    def joins(self, room):
        self.call("POST", "join", room, body={})

    def sends(self, room, content, kind="m.room.message"):
        """The event's id."""
        self.sent += 1
        return self.call("PUT", "rooms", room, "send", kind, f"t{self.sent}", body=content)["event_id"]

    def says(self, room, text, **more):
        self.stage.say(f"{self.name} -> matrix: {text} {more or ''}")
        return self.sends(room, {"msgtype": "m.text", "body": text, **more})

    def sends_file(self, room, name, content, media_type, caption=None):
        self.stage.say(f"{self.name} -> matrix: [file {name}] {caption or ''}")
        kind = {"image": "m.image", "video": "m.video", "audio": "m.audio"}.get(media_type.split("/")[0], "m.file")
        address = self.synapse.call("POST", f"/_matrix/media/v3/upload?filename={urllib.parse.quote(name)}", self.token, content, media_type=media_type)["content_uri"]
        return self.sends(room, {"msgtype": kind, "body": caption or name, "filename": name, "url": address,
                                 "info": {"size": len(content), "mimetype": media_type}})

    def gets_file(self, event):
        """The bytes of a file that an event brought."""
        return self.synapse.call("GET", "/_matrix/client/v1/media/download/" + event["content"]["url"].removeprefix("mxc://"), self.token)

    def sets(self, room, kind, content):
        self.stage.say(f"{self.name} -> matrix: ({kind}) {content}")
        return self.call("PUT", "rooms", room, "state", kind, "", body=content)

    def members(self, room):
        return self.call("GET", "rooms", room, "joined_members")["joined"]

    def syncs(self, since=None):
        filter_ = urllib.parse.quote(json.dumps({"room": {"timeline": {"limit": 1}}}))
        more = f"&since={since}" if since else ""
        return self.synapse.call("GET", f"{V3}/sync?timeout=0&filter={filter_}{more}", self.token)

    def typing_in(self, room, since):
        """Who typed there, as a client that has been away since then is told."""
        events = self.syncs(since).get("rooms", {}).get("join", {}).get(room, {}).get("ephemeral", {}).get("events", [])
        return [user for event in events if event["type"] == "m.typing" for user in event["content"]["user_ids"]]

    def types(self, room, on=True):
        self.stage.say(f"{self.name} -> matrix: (typing) {on}")
        self.call("PUT", "rooms", room, "typing", self.id, body={"typing": on, **({"timeout": 20000} if on else {})})

    def has_read(self, room, event):
        self.stage.say(f"{self.name} -> matrix: (read) {event}")
        self.call("POST", "rooms", room, "receipt", "m.read", event, body={})

    def readers(self, room, event, since):
        """Who has read it since then, as their receipts say."""
        events = self.syncs(since).get("rooms", {}).get("join", {}).get(room, {}).get("ephemeral", {}).get("events", [])
        return [user for each in events if each["type"] == "m.receipt" for user in each["content"].get(event, {}).get("m.read", {})]

    def edits(self, room, event, text):
        self.stage.say(f"{self.name} -> matrix: (edit) {text}")
        return self.sends(room, {"msgtype": "m.text", "body": "* " + text, "m.new_content": {"msgtype": "m.text", "body": text},
                                 "m.relates_to": {"rel_type": "m.replace", "event_id": event}})

    def reacts(self, room, event, emoji):
        self.stage.say(f"{self.name} -> matrix: (reaction) {emoji}")
        return self.sends(room, {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": emoji}}, "m.reaction")

    def redacts(self, room, event):
        self.stage.say(f"{self.name} -> matrix: (redaction)")
        self.sent += 1
        return self.call("PUT", "rooms", room, "redact", event, f"t{self.sent}", body={})["event_id"]

    def timeline(self, room, most=1000):
        """What happened in the room, oldest first."""
        found, start = [], ""
        while len(found) < most:
            page = self.synapse.call("GET", f"{V3}/rooms/{urllib.parse.quote(room, safe='')}/messages?dir=b&limit=200{start}", self.token)
            found += page["chunk"]
            if not page["chunk"] or "end" not in page:
                break
            start = "&from=" + urllib.parse.quote(page["end"])
        return found[::-1]

    def reads(self, room, what, seconds=20):
        """Waits for an event that `what` is true of; the event."""
        event = until(seconds, f"{self.name} reads it", lambda: next((e for e in self.timeline(room, 200) if what(e)), None), pause=0.2)
        self.stage.say(f"{self.name} reads in matrix: {event['sender']} {event['type']} {event.get('content', {}).get('body', '')}")
        return event

    def reads_text(self, room, body, seconds=20):
        return self.reads(room, lambda e: e["type"] == "m.room.message" and e["content"].get("body") == body, seconds)
