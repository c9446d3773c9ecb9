"""A throwaway mail server on loopback that takes what is written with a login: Postfix, with Dovecot to know the users.

What it takes lies in a Maildir for each of PEOPLE at DOMAIN. All state and configuration is on the stage; nothing of the
system is started. Postfix changes its user itself, so this runs as root.
"""
import email
import email.policy
import os
import pwd
import re
import shutil
import signal

from cases import Skip
from prosody import Authority
from stage import Failure, end, port_is_open, read, tool, until

DOMAIN = "mail.test"
PEOPLE = ("juliet", "romeo", "bot")
LOGIN, PASSWORD = "bot@" + DOMAIN, "submission-pw-" + "3e7c" * 4  # no secret: it is for these tests

DOVECOT = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/dovecot.log
protocols = none
ssl = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
passdb {{
  driver = static
  args = user={login} password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={dir}
}}
service auth {{
  unix_listener smtp-login {{
    mode = 0666
  }}
}}
"""

# Mail for people of ours is taken, from whoever has logged in; all else is refused.
MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = {dir}/postfix.log
maillog_file_prefixes = {dir}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = texthash:{dir}/people
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
default_transport = error:there is no way out of here
relay_transport = error:there is no way out of here
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {dir}/run/smtp-login
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_sasl_authenticated, reject
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
message_size_limit = 10000000
mailbox_size_limit = 0
"""

MASTER = """
127.0.0.1:{implicit} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt
127.0.0.1:{starttls} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
error     unix - - n - - error
retry     unix - - n - - error
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
proxymap  unix - - n - - proxymap
postlog   unix-dgram n - n - 1 postlogd
"""


class SubmissionServer:
    """Running when constructed. `implicit`, `starttls`: its ports. `ca`: whom to believe."""

    def __init__(self, stage):
        if os.getuid() != 0:
            raise Skip("Postfix is started by root only")
        self.stage, self.dir = stage, stage.path("mail", "")[:-1]
        self.implicit, self.starttls = stage.free_port(), stage.free_port()
        authority = Authority(stage, "mail-tls")
        self.ca = authority.ca
        self.processes = {}
        os.chmod(stage.dir, 0o711)
        self.write_files(authority)
        self.start()

    def write_files(self, authority):
        nobody = pwd.getpwnam("nobody")
        values = {"dir": self.dir, "login": LOGIN, "password": PASSWORD, "domain": DOMAIN, "uid": nobody.pw_uid, "gid": nobody.pw_gid,
                  "certificate": authority.certificate, "key": authority.key, "implicit": self.implicit, "starttls": self.starttls}
        for name in ("data", "mail", "run", "state"):
            os.makedirs(os.path.join(self.dir, name))
        os.chmod(self.dir, 0o755)
        shutil.chown(os.path.join(self.dir, "data"), "postfix")
        shutil.chown(os.path.join(self.dir, "mail"), "nobody", "nogroup")
        self.stage.write("mail/dovecot.conf", DOVECOT.format(**values), mode=0o644)
        self.stage.write("mail/main.cf", MAIN.format(**values), mode=0o644)
        self.stage.write("mail/master.cf", MASTER.format(**values), mode=0o644)
        self.stage.write("mail/people", "".join(f"{name}@{DOMAIN} {name}/\n" for name in PEOPLE), mode=0o644)
        self.make_queue(os.path.join(self.dir, "queue"))

    @staticmethod
    def make_queue(queue):
        """As Postfix' own installation makes it."""
        for name, owner, group, mode in [("pid", "root", "root", 0o755), ("maildrop", "postfix", "postdrop", 0o730), ("public", "postfix", "postdrop", 0o710)] + [
                (name, "postfix", "root", 0o700) for name in "active bounce corrupt defer deferred flush hold incoming private saved trace".split()]:
            path = os.path.join(queue, name)
            os.makedirs(path)
            shutil.chown(path, owner, group)
            os.chmod(path, mode)

    # --- life
    def start(self):
        if "dovecot" not in self.processes:
            self.launch("dovecot", [tool("dovecot"), "-F", "-c", os.path.join(self.dir, "dovecot.conf")])
            until(10, "Dovecot knows the users", lambda: os.path.exists(os.path.join(self.dir, "run/smtp-login")))
        self.launch("postfix", ["/usr/lib/postfix/sbin/master", "-c", self.dir])
        for port in (self.implicit, self.starttls):
            until(10, lambda: "Postfix listens: " + read(self.dir + "/postfix.log").decode()[-500:], lambda port=port: port_is_open(port))

    def launch(self, name, argv):
        self.processes[name] = self.stage.launch("mail-" + name, argv, start_new_session=True)
        self.stage.at_end(lambda: self.end(name))

    def end(self, name):
        """With all its children: each is the first of a session of its own."""
        process = self.processes.get(name)
        if process is None:
            return
        end(process)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def stop(self):
        self.end("postfix")
        until(10, "nobody listens any more", lambda: not port_is_open(self.implicit) and not port_is_open(self.starttls))

    # --- what it took
    def mails(self, person):
        """All of this person's, parsed, in the order of their arrival."""
        folder = os.path.join(self.dir, "mail", person, "new")
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        return [email.message_from_bytes(read(os.path.join(folder, name)), policy=email.policy.default) for name in names]

    def gets(self, person, subject, seconds=30):
        """Waits for a mail with this subject."""
        def look():
            return next((mail for mail in self.mails(person) if mail["Subject"] == subject), None)
        found = until(seconds, lambda: f"{person} gets {subject!r}; there are {[mail['Subject'] for mail in self.mails(person)]}", look)
        self.stage.say(f"{person} gets the mail {subject!r}")
        return found

    def settings(self, tls="implicit", **more):
        """For `mail.submission`."""
        self.stage.write("gateway/mail.password", more.pop("password", PASSWORD) + "\n")
        return {"host": "localhost", "port": getattr(self, tls), "tls": tls, "user": LOGIN, "secret": {"file": "mail.password"},
                "from": LOGIN, "ca_file": self.ca, **more}
