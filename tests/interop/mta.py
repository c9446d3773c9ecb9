"""Postfix, as a mail server in front of the gateway: it takes mail by SMTP and hands it on by LMTP."""
import os
import shutil
import smtplib

from cases import Skip
from stage import end, port_is_open, read, until

DAEMONS = "/usr/lib/postfix/sbin"
DOMAIN = "mail.test"

# What a queue does in minutes and hours, in seconds.
MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.{domain}
mydestination =
mynetworks = 127.0.0.0/8
maillog_file = {dir}/postfix.log
maillog_file_prefixes = {dir}
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps =
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
lmtp_destination_recipient_limit = 50
default_transport = error:mail to other places is off
relay_transport = error:mail to other places is off
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_dns_support_level = disabled
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
message_size_limit = 26214400
mailbox_size_limit = 0
biff = no
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix-dgram n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 1 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
proxymap  unix - - n - - proxymap
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
lmtp      unix - - n - - lmtp
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class Mta:
    """Running when constructed. Hands mail for anybody at mail.test to the LMTP port."""

    def __init__(self, stage, lmtp_port):
        if os.geteuid() != 0 or not os.path.exists(f"{DAEMONS}/master"):
            raise Skip("needs root and Postfix (scripts/packages.sh install test)")
        self.stage, self.port = stage, stage.free_port()
        self.dir = stage.path("mta", "")
        os.chmod(stage.dir, 0o755)
        names = {"dir": self.dir.rstrip("/"), "daemons": DAEMONS, "domain": DOMAIN, "lmtp": lmtp_port, "port": self.port}
        stage.write("mta/main.cf", MAIN.format(**names), mode=0o644)
        stage.write("mta/master.cf", MASTER.format(**names), mode=0o644)
        os.chmod(self.dir, 0o755)
        self.make_queue()
        os.makedirs(f"{self.dir}/data", exist_ok=True)
        shutil.chown(f"{self.dir}/data", "postfix")
        self.process = stage.launch("postfix", [f"{DAEMONS}/master", "-c", self.dir.rstrip("/"), "-d"])
        stage.at_end(lambda: end(self.process))
        until(20, lambda: f"Postfix listens: {self.log_text()[-800:]}", lambda: port_is_open(self.port))

    def make_queue(self):
        """As Postfix's own post-install would."""
        queue = f"{self.dir}/queue"
        private = ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"]
        for name in [*private, "maildrop", "public", "pid"]:
            os.makedirs(f"{queue}/{name}")
        os.chmod(queue, 0o755)
        for name in private:
            shutil.chown(f"{queue}/{name}", "postfix", "root")
            os.chmod(f"{queue}/{name}", 0o700)
        for name, mode in (("maildrop", 0o1730), ("public", 0o710)):
            shutil.chown(f"{queue}/{name}", "postfix", "postdrop")
            os.chmod(f"{queue}/{name}", mode)

    def log_text(self):
        return read(f"{self.dir}/postfix.log").decode(errors="replace")

    def sends(self, to, message, sender="nas@home.example"):
        """Handed in by SMTP, and taken."""
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.test", timeout=30) as client:
            client.sendmail(sender, [to] if isinstance(to, str) else to, message.replace("\n", "\r\n").encode())

    def queued(self):
        """Files of messages that are not delivered yet."""
        waiting = []
        for name in ("incoming", "active", "deferred"):
            for folder, _, files in os.walk(f"{self.dir}/queue/{name}"):
                waiting += files
        return waiting

    def delivers_all(self, seconds=60):
        until(seconds, lambda: f"Postfix has delivered all; {len(self.queued())} wait: {self.log_text()[-600:]}",
              lambda: not self.queued(), pause=0.5)
