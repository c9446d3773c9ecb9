"""A throwaway Prosody on loopback: its own state, certificate and accounts, nothing of the system touched."""
import os
import textwrap

from stage import HERE, Failure, end, port_is_open, read, run, tool, until

DOMAIN = "omegate.test"
ROOMS = "rooms." + DOMAIN
UPLOAD = "upload." + DOMAIN
PASSWORDS = {name: name + "-pw-7d1f" for name in ("bot", "bot2", "alice", "bob")}


def jid(user):
    return f"{user}@{DOMAIN}"


class Authority:
    """A private CA and one server certificate for DOMAIN."""

    def __init__(self, stage, name):
        self.ca = stage.path(name, "ca.pem")
        self.key = stage.path(name, "key.pem")
        self.certificate = stage.path(name, "cert.pem")
        leaf, request, ca_key = (stage.path(name, part) for part in ("leaf.pem", "request.pem", "ca.key"))
        extensions = stage.write(f"{name}/extensions", f"subjectAltName=DNS:{DOMAIN},DNS:localhost\nextendedKeyUsage=serverAuth\n"
                                 "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n")
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        run(["openssl", "req", "-x509", *new_key, "-days", "30", "-subj", f"/CN={name}", "-keyout", ca_key, "-out", self.ca,
             "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
        run(["openssl", "req", *new_key, "-subj", f"/CN={DOMAIN}", "-keyout", self.key, "-out", request])
        run(["openssl", "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial",
             "-days", "30", "-extfile", extensions, "-out", leaf])
        with open(self.certificate, "wb") as chain:
            chain.write(read(leaf) + read(self.ca))


class Server:
    """What every server of ours can: it has `start()`, a process and a log."""

    def stop(self):
        end(self.process)

    def restart(self):
        self.stop()
        self.start()

    def log_text(self):
        return read(self.log).decode(errors="replace")


class Prosody(Server):
    """Running when constructed.

    Kindnesses that the world may not have, each can be switched off:
      friends       all accounts are in each other's rosters (else: nobody knows anybody, PEP tells nobody)
      legacy_codes  errors carry XEP-0086 codes (Profanity needs them; off by default)
      rate          bytes per second and connection, like "10kb/s", Debian's default (None: no limit)
      refused_mechanisms  SASL mechanisms that are not offered
      hibernation   seconds for which it keeps the stream of somebody who went without a goodbye
      sasl2         SASL2, Bind 2 and FAST, from Debian's prosody-modules
      rooms         a service for rooms, `ROOMS`
      moderation    and its moderators take messages back (XEP-0425 0.2), from Debian's prosody-modules
      uploads       a service for files, `UPLOAD`, that takes so many bytes of one; behind https://localhost
      registration        anybody may make an account
      vcards              "vcard": kept, and nothing else; "vcard_legacy": made of what is published, and told of in presences
      archive, offline    messages for who is not there are kept, in the archive (XEP-0313) and in a queue
    """

    def __init__(self, stage, friends=True, legacy_codes=False, rate=None, refused_mechanisms=("PLAIN",), sasl2=False,
                 hibernation=300, archive=True, offline=True, rooms=False, moderation=False,
                 uploads=0, registration=False, vcards=None):
        self.stage = stage
        self.port, self.direct_tls_port = stage.free_port(), stage.free_port()
        self.legacy_codes, self.rate, self.refused_mechanisms = legacy_codes, rate, refused_mechanisms
        self.hibernation = hibernation
        self.sasl2, self.archive, self.offline, self.rooms = sasl2, archive, offline, rooms
        self.registration, self.moderation, self.vcards = registration, moderation, vcards
        self.uploads, self.upload_port = uploads, stage.free_port()
        self.authority = Authority(stage, "server-ca")
        self.ca = self.authority.ca
        self.stanza_log = stage.path("prosody", "stanzas.log")
        self.log = stage.path("prosody", "prosody.log")
        for user, password in PASSWORDS.items():
            self.set_password(user, password)
            if friends:
                self.befriend(user, [other for other in PASSWORDS if other != user])
        self.start()

    def start(self):
        config = self.stage.write("prosody/prosody.cfg.lua", self.config())
        self.process = self.stage.launch("prosody", [tool("prosody"), "-F", "--config", config])

        def up():
            if self.process.poll() is not None:
                raise Failure(f"Prosody ended: {read(self.stage.path('prosody.out')).decode()}{self.log_text()[-2000:]}")
            return port_is_open(self.port) and port_is_open(self.direct_tls_port)
        until(15, "Prosody opens its ports", up)

    def stanzas(self):
        """All that crossed the server so far, as it saw it."""
        return read(self.stanza_log).decode(errors="replace")

    # Both stores are read by Prosody at the next login; no restart is needed.
    def set_password(self, user, password):
        self.stage.write(f"prosody/data/{self.folder()}/accounts/{user}.dat", f'return {{ ["password"] = "{password}"; }};\n')

    def befriend(self, user, others):
        entries = "".join(f'["{jid(other)}"] = {{ ["subscription"] = "both"; ["groups"] = {{}}; }};' for other in others)
        self.stage.write(f"prosody/data/{self.folder()}/roster/{user}.dat",
                         f'return {{ {entries} [false] = {{ ["version"] = 1; ["pending"] = {{}}; }}; }};\n')

    @staticmethod
    def folder():
        return DOMAIN.replace(".", "%2e")

    def config(self):
        base, modules = os.path.dirname(self.log), ["legacy_codes"] if self.legacy_codes else []
        limits = f'limits = {{ c2s = {{ rate = "{self.rate}" }} }}' if self.rate else ""
        modules += ["limits"] if self.rate else []
        modules += ["newer_prosody", "sasl2", "sasl2_bind2", "sasl2_fast"] if self.sasl2 else []
        modules += ["mam"] if self.archive else []
        modules += ["register_ibr"] if self.registration else []
        modules += [self.vcards] if self.vcards else []
        moderation = '"muc_moderation";' if self.moderation else ""
        rooms = f'Component "{ROOMS}" "muc"\n  modules_enabled = {{ "muc_mam"; {moderation} }}\n' if self.rooms else ""
        files = textwrap.dedent(f"""\
            Component "{UPLOAD}" "http_file_share"
              http_host = "localhost"
              http_external_url = "https://localhost:{self.upload_port}/"
              http_file_share_size_limit = {self.uploads}
              http_file_share_daily_quota = {10 * self.uploads}
            """) if self.uploads else ""
        https = f"{self.upload_port}" if self.uploads else ""
        unloaded = ["s2s", "s2s_auth_certs"] + ([] if self.offline else ["offline"])  # they load by themselves
        return textwrap.dedent(f"""\
            run_as_root = true
            pidfile = "{base}/prosody.pid"
            data_path = "{base}/data"
            plugin_paths = {{ "{HERE}/prosody_modules" }}
            log = {{ {{ levels = {{ min = "debug" }}, to = "file", filename = "{self.log}" }} }}
            interfaces = {{ "127.0.0.1" }}
            c2s_ports = {{ {self.port} }}
            c2s_direct_tls_ports = {{ {self.direct_tls_port} }}
            s2s_ports = {{ }}; http_ports = {{ }}; https_ports = {{ {https} }}; https_interfaces = {{ "127.0.0.1" }}; legacy_ssl_ports = {{ }}
            ssl = {{ key = "{self.authority.key}"; certificate = "{self.authority.certificate}" }}
            c2s_require_encryption = true
            allow_registration = {"true" if self.registration else "false"}
            authentication = "internal_plain"  -- so that every SCRAM can be offered
            disable_sasl_mechanisms = {{ {"".join(f'"{name}"; ' for name in self.refused_mechanisms)} }}
            storage = "internal"
            smacks_hibernation_time = {self.hibernation}
            {limits}
            stanza_log_file = "{self.stanza_log}"
            modules_disabled = {{ {"".join(f'"{name}"; ' for name in unloaded)} }}
            modules_enabled = {{ "roster"; "saslauth"; "tls"; "disco"; "carbons"; "pep"; "blocklist"; "ping"; "smacks";
              "csi"; "csi_simple"; "time"; "version"; "posix"; "message"; "presence"; "iq"; "c2s"; "stanza_log";
              {"".join(f'"{name}"; ' for name in modules)} }}
            VirtualHost "{DOMAIN}"
              certificate = "{self.authority.certificate}"
            """) + rooms + files
