"""Dovecot, as the server on which a mailbox lies. All state and configuration is on the stage; it changes its user itself, so this
runs as root."""
import os
import pwd
import shutil
import signal
import time

from cases import Skip
from prosody import Authority
from stage import end, port_is_open, read, tool, until

LOGIN, PASSWORD = "bot@mail.test", "mailbox-pw-" + "9b2d" * 4  # no secret: it is for these tests

CONFIG = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = yes
auth_mechanisms = plain
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:{dir}/box
mail_max_userip_connections = 100
{more}
passdb {{
  driver = static
  args = user={login} password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/home
}}
service imap-login {{
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {implicit}
    ssl = yes
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""
WITHOUT_IDLE = "imap_capability = IMAP4rev1 SASL-IR LITERAL+"


class ImapServer:
    """Running when constructed. `implicit`, `starttls`: its ports. `ca`: whom to believe."""

    def __init__(self, stage, more=""):
        if os.getuid() != 0:
            raise Skip("Dovecot is started by root only")
        self.stage, self.dir = stage, stage.path("imap", "")[:-1]
        self.implicit, self.starttls = stage.free_port(), stage.free_port()
        authority = Authority(stage, "imap-tls")
        self.ca, self.process, self.mails = authority.ca, None, 0
        os.chmod(stage.dir, 0o711)
        nobody = pwd.getpwnam("nobody")
        for name in ("run", "state", "box/new", "box/cur", "box/tmp", "home"):
            os.makedirs(os.path.join(self.dir, name))
        for folder, _, _ in os.walk(os.path.join(self.dir, "box")):
            shutil.chown(folder, "nobody", "nogroup")
        shutil.chown(os.path.join(self.dir, "home"), "nobody", "nogroup")
        os.chmod(self.dir, 0o755)
        stage.write("imap/dovecot.conf", CONFIG.format(
            dir=self.dir, login=LOGIN, password=PASSWORD, uid=nobody.pw_uid, gid=nobody.pw_gid, certificate=authority.certificate,
            key=authority.key, implicit=self.implicit, starttls=self.starttls, more=more), mode=0o644)
        stage.at_end(self.stop)
        self.start()

    # --- life
    def start(self):
        self.process = self.stage.launch("dovecot", [tool("dovecot"), "-F", "-c", os.path.join(self.dir, "dovecot.conf")], start_new_session=True)
        for port in (self.implicit, self.starttls):
            until(10, lambda: "Dovecot listens: " + self.log_text()[-500:], lambda port=port: port_is_open(port))

    def stop(self):
        """With all its children: the first is that of a session of its own."""
        if self.process is None:
            return
        end(self.process)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process = None
        until(10, "nobody listens any more", lambda: not port_is_open(self.implicit) and not port_is_open(self.starttls))

    def renumber(self):
        """As after a restored backup: the same mails, and none of Dovecot's own files. While it is stopped."""
        for name in os.listdir(os.path.join(self.dir, "box")):
            if name.startswith("dovecot"):
                os.remove(os.path.join(self.dir, "box", name))
        time.sleep(1.1)  # UIDVALIDITY is a time in seconds

    def log_text(self):
        path = os.path.join(self.dir, "dovecot.log")
        return read(path).decode(errors="replace") if os.path.exists(path) else ""

    # --- mail
    def delivers(self, subject, text="done", to=LOGIN):
        """As an MTA does it: whole under another name first."""
        self.mails += 1
        message = (f"Return-Path: <backup@home.example>\nDelivered-To: {to}\nFrom: Backup <backup@home.example>\nSubject: {subject}\n"
                   f"Message-ID: <{self.mails}@home.example>\n\n{text}\n")
        name = f"{int(time.time())}.M{self.mails:06}P1.test"
        path = os.path.join(self.dir, "box/tmp", name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(message.replace("\n", "\r\n"))
        shutil.chown(path, "nobody", "nogroup")
        os.rename(path, os.path.join(self.dir, "box/new", name))

    def flags(self):
        """Of each mail of the inbox, as Maildir writes them: "S" is seen."""
        return [name.partition(":2,")[2] for name in os.listdir(os.path.join(self.dir, "box/cur"))]

    def folder(self, name):
        path = os.path.join(self.dir, "box", "." + name)
        return [each for sub in ("cur", "new") if os.path.isdir(path) for each in os.listdir(os.path.join(path, sub))]

    def settings(self, tls="implicit", **more):
        """For `mail.imap`."""
        self.stage.write("gateway/imap.password", more.pop("password", PASSWORD) + "\n")
        return {"host": "localhost", "port": getattr(self, tls), "tls": tls, "user": LOGIN, "secret": {"file": "imap.password"}, "ca_file": self.ca,
                **more}
