"""A throwaway ejabberd on loopback, run straight by Erlang: its own state, certificate and accounts, nothing of the system
touched. It has what deploy/ejabberd/omegate.yml says a server should have for a bot, and speaks to its test as Prosody does."""
import glob
import os
import textwrap

from prosody import DOMAIN, PASSWORDS, ROOMS, UPLOAD, Authority, Server, jid
from stage import ROOT, Failure, port_is_open, read, tool, until

ADVICE = os.path.join(ROOT, "deploy/ejabberd/omegate.yml")


class Ejabberd(Server):
    """Running when constructed: accounts, everybody a friend of everybody, rooms, an archive, uploads behind
    https://localhost of so many bytes. `watched`: it writes down all that crosses it, which makes it slow."""

    def __init__(self, stage, uploads=10 << 20, watched=False):
        self.stage, self.uploads, self.watched = stage, uploads, watched
        self.port, self.direct_tls_port, self.upload_port = (stage.free_port() for _ in range(3))
        self.authority = Authority(stage, "server-ca")
        self.ca = self.authority.ca
        self.log = stage.path("ejabberd", "ejabberd.log")
        self.folder = os.path.dirname(self.log)
        self.start()

    def start(self):
        advice = read(ADVICE).decode().replace("bot@example.org", jid("bot"))
        self.stage.write("ejabberd/omegate.yml", advice)
        config = self.stage.write("ejabberd/ejabberd.yml", self.config())
        self.stage.write("ejabberd/chain.pem", read(self.authority.key).decode() + read(self.authority.certificate).decode())
        ready = os.path.join(self.folder, "ready")
        if os.path.exists(ready):
            os.remove(ready)
        env = {"HOME": self.folder, "EJABBERD_CONFIG_PATH": config, "EJABBERD_LOG_PATH": self.log,
               "ERL_LIBS": os.path.dirname(glob.glob("/usr/lib/*/ejabberd-*")[0]), "ERL_CRASH_DUMP": self.stage.path("ejabberd", "crash.dump"),
               "ERL_MAX_PORTS": "4096", "ERL_MAX_ETS_TABLES": "2000"}
        self.process = self.stage.launch("ejabberd", [
            tool("erl"), "-noinput", "+S", "1:1", "+A", "2", "+P", "20000", "+sbwt", "none", "-mnesia", "dir", f'"{self.folder}/db"',
            "-ejabberd", "log_rotate_count", "0", "-s", "ejabberd", "-eval", self.people(ready)], env=env)

        def up():
            if self.process.poll() is not None:
                raise Failure(f"ejabberd ended: {read(self.stage.path('ejabberd.out')).decode()[-2000:]}{self.log_text()[-2000:]}")
            return os.path.exists(ready) and port_is_open(self.port) and port_is_open(self.direct_tls_port)
        until(60, lambda: f"ejabberd opens its ports: {self.log_text()[-1500:]}", up, pause=0.2)

    @staticmethod
    def people(ready):
        """What Erlang does once ejabberd runs: accounts, friendships, a file that says so."""
        def text(words):
            return f'<<"{words}">>'
        steps = [f"ejabberd_auth:try_register({text(user)}, {text(DOMAIN)}, {text(password)})" for user, password in PASSWORDS.items()]
        steps += [f'mod_admin_extra:add_rosteritem({text(user)}, {text(DOMAIN)}, {text(other)}, {text(DOMAIN)}, {text(other)}, <<"">>, <<"both">>)'
                  for user in PASSWORDS for other in PASSWORDS if other != user]
        return ", ".join(["{ok, _} = application:ensure_all_started(ejabberd)", *steps, f'file:write_file("{ready}", "")']) + "."

    def stanzas(self):
        """All that crossed the server so far, if it is watched."""
        return self.log_text()

    def archived(self):
        """What the server keeps, messages among it: all of them, while its log drops what comes fast."""
        kept = b""
        for path in filter(os.path.isfile, sorted(glob.glob(os.path.join(self.folder, "db", "*")))):
            with open(path, "rb") as file:
                kept += file.read()
        return kept

    def config(self):
        return textwrap.dedent(f"""\
            include_config_file: ["{self.folder}/omegate.yml"]
            hosts: ["{DOMAIN}"]
            loglevel: {"debug" if self.watched else "info"}
            certfiles: ["{self.folder}/chain.pem"]
            auth_method: internal
            auth_password_format: plain  # so that every SCRAM can be offered
            disable_sasl_mechanisms: ["PLAIN", "DIGEST-MD5", "X-OAUTH2"]
            default_db: mnesia
            access_rules:
              local: {{allow: all}}
            shaper:
              normal: 1000000
            listen:
              - {{port: {self.port}, ip: "127.0.0.1", module: ejabberd_c2s, starttls_required: true, shaper: c2s_shaper, access: all}}
              - {{port: {self.direct_tls_port}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, shaper: c2s_shaper, access: all}}
              - port: {self.upload_port}
                ip: "127.0.0.1"
                module: ejabberd_http
                tls: true
                request_handlers: {{/upload: mod_http_upload}}
            modules:
              mod_admin_extra: {{}}
              mod_caps: {{}}
              mod_client_state: {{}}
              mod_http_upload:
                host: "{UPLOAD}"
                docroot: "{self.folder}/upload"
                put_url: "https://localhost:{self.upload_port}/upload"
                max_size: {self.uploads}
              mod_muc:
                host: "{ROOMS}"
                default_room_options: {{mam: true}}
              mod_offline: {{}}
            """)
