"""Mail through a real mail server, and from a device that hands it in itself, to a stranger's client."""
import os
import re
import smtplib
import socket
import ssl
import subprocess
import threading
from collections import Counter
from email.message import EmailMessage

from cases import case
from gateway import PROGRAM, Gateway
from mta import DOMAIN, Mta
from peer import Peer
from prosody import Prosody, jid
from stage import ROOT, canary, check, read, run, until

PASSWORD = "device-password-" + "a17f" * 6  # no secret: it is sent in these tests
MIB = 1 << 20


def gateway(stage, server, listen, routes=None, **settings):
    routes = routes or [{"address": "alerts", "to": [jid("alice")]}]

    class WithMail(Gateway):
        def settings(self):
            return {**super().settings(), "mail": {"listen": listen, "host": "bot.test"}, **settings}
    return WithMail(stage, server, plugins={"mail": {"config": {"routes": routes}}})


def mail(number, text="done"):
    return f"From: Backup <backup@home.example>\nSubject: job {number}\nMessage-ID: <{number}@home.example>\n\n{text}\n"


def jobs(peer):
    """Which of the mails above were heard, and how often."""
    peer.drain()
    found = (re.match(r"✉️ job (\d+)\n", event["body"]) for event in peer.history if event.get("event") == "message" and event.get("body"))
    return Counter(int(match[1]) for match in found if match)


@case()
def the_plugins_own_tests_pass(stage):
    print(run([PROGRAM, "plugin", "test", os.path.join(ROOT, "plugins", "mail")], timeout=80).stdout)


@case()
def a_mail_through_postfix_is_read_encrypted(stage):
    server = Prosody(stage)
    alice, port = Peer(stage, server, "alice"), stage.free_port()
    bot = gateway(stage, server, [{"lmtp": f"127.0.0.1:{port}"}])
    mta, secret = Mta(stage, port), canary("mail")
    mta.sends(f"alerts@{DOMAIN}", mail(1, secret))
    alice.hears(f"✉️ job 1\nBackup <backup@home.example> (not proven)\n\n{secret}")
    check(secret not in server.stanzas(), "the XMPP server sees nothing of it")
    check(secret not in bot.log_text(), "nor does the log")
    for name, content in bot.everything_written().items():
        check(secret.encode() not in content, f"nor is it in the clear in {name}")


@case(seconds=240)
def nothing_is_lost_or_doubled_while_the_gateway_is_away(stage):
    server = Prosody(stage)
    alice, port = Peer(stage, server, "alice"), stage.free_port()
    bot = gateway(stage, server, [{"lmtp": f"127.0.0.1:{port}"}])
    mta = Mta(stage, port)
    total, stopped = 120, threading.Event()

    def drip():
        for number in range(total):
            mta.sends(f"alerts@{DOMAIN}", mail(number))
        stopped.set()

    sender = threading.Thread(target=drip)
    sender.start()
    ends = 0
    while not stopped.is_set() and ends < 4:  # in the middle of whatever it does
        until(60, "some arrive", lambda seen=sum(jobs(alice).values()): sum(jobs(alice).values()) > seen or stopped.is_set())
        (bot.kill if ends % 2 == 0 else bot.stop)()
        ends += 1
        bot.start()
    sender.join()
    stage.say(f"the gateway ended {ends} times")
    bot.stop()
    for number in range(total, total + 20):
        mta.sends(f"alerts@{DOMAIN}", mail(number))
    check(len(mta.queued()) >= 20, "Postfix keeps what it cannot deliver")
    bot.start()
    mta.delivers_all()
    until(60, lambda: f"alice has read all; missing {set(range(total + 20)) - set(jobs(alice))}", lambda: len(jobs(alice)) == total + 20)
    doubled = {number: count for number, count in jobs(alice).items() if count > 1}
    check(not doubled, f"none came twice: {doubled}")


@case()
def postfix_that_never_heard_our_yes_delivers_once(stage):
    """Between Postfix and the gateway stands somebody who swallows the answer to the first message."""
    server = Prosody(stage)
    alice, port, between = Peer(stage, server, "alice"), stage.free_port(), stage.free_port()
    bot = gateway(stage, server, [{"lmtp": f"127.0.0.1:{port}"}])
    swallowed = threading.Event()
    listener = socket.create_server(("127.0.0.1", between))
    stage.at_end(listener.close)

    def carry(client):
        with client, socket.create_connection(("127.0.0.1", port)) as us:
            threading.Thread(target=pump, args=(client, us), daemon=True).start()
            while data := us.recv(4096):
                if b"it is stored" in data and not swallowed.is_set():
                    swallowed.set()
                    client.shutdown(socket.SHUT_RDWR)  # the other direction still reads from it
                    return
                client.sendall(data)

    def pump(source, target):
        try:
            while data := source.recv(4096):
                target.sendall(data)
        except OSError:
            pass

    def serve():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=carry, args=(client,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    mta = Mta(stage, between)
    mta.sends(f"alerts@{DOMAIN}", mail(1))
    mta.delivers_all()
    check(swallowed.is_set(), "the first answer was lost")
    check("mail.repeated" in bot.log_text(), "and Postfix asked again")
    mta.sends(f"alerts@{DOMAIN}", mail(2))
    until(20, "alice reads the second", lambda: jobs(alice)[2] == 1)
    check(jobs(alice)[1] == 1, f"the first came once: {jobs(alice)}")


@case()
def an_unknown_address_and_a_full_gateway_are_told_apart(stage):
    server = Prosody(stage)
    alice, port = Peer(stage, server, "alice"), stage.free_port()
    bot = gateway(stage, server, [{"lmtp": f"127.0.0.1:{port}", "max_size": 100_000}])
    mta = Mta(stage, port)
    mta.sends([f"nobody@{DOMAIN}", f"alerts@{DOMAIN}"], mail(1))
    until(20, "alice reads it", lambda: jobs(alice)[1] == 1)
    until(20, "Postfix gives the other up at once", lambda: "550 5.1.1" in mta.log_text())
    mta.sends(f"alerts@{DOMAIN}", mail(2, "x" * 70 + ("\n" + "x" * 70) * 3000))
    until(20, "and what is too large", lambda: "exceeds size limit 100000" in mta.log_text())
    mta.delivers_all()
    check("mail.accepted" in bot.log_text(), "the log tells")


def certificate(stage):
    key, pem = stage.path("gateway", "mail.key"), stage.path("gateway", "mail.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", pem,
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return {"certificate": pem, "key": key}


# case 207
@case(direct=[False, True])
def a_device_logs_in_under_tls(stage, direct):
    server = Prosody(stage)
    alice, port = Peer(stage, server, "alice"), stage.free_port()
    tls = certificate(stage)
    stage.write("gateway/device.password", PASSWORD + "\n")
    nas = {"password": {"file": "device.password"}, "senders": ["backup@home.example"]}
    bot = gateway(stage, server, [{"smtp": f"127.0.0.1:{port}", "tls": {**tls, "direct": direct}, "users": {"nas": nas}}])
    context = ssl.create_default_context(cafile=tls["certificate"])

    def connect():
        if direct:
            return smtplib.SMTP_SSL("localhost", port, local_hostname="nas", context=context, timeout=20)
        client = smtplib.SMTP("localhost", port, local_hostname="nas", timeout=20)
        client.starttls(context=context)
        return client

    with connect() as client:
        client.login("nas", PASSWORD)
        client.sendmail("nas@home.example", ["alerts@anywhere.example"], mail(1).replace("\n", "\r\n"))
        refused = client.sendmail("nas@home.example", ["alerts@anywhere.example", "you@elsewhere.example"], mail(2).replace("\n", "\r\n"))
    check(refused["you@elsewhere.example"][0] == 550, f"nothing is passed on, even with a password: {refused}")
    until(20, "alice reads both", lambda: jobs(alice) == {1: 1, 2: 1})
    mails = [text for text in alice.heard() if text.startswith("✉️")]
    check(all("Backup <backup@home.example> ✔ login nas\n" in text for text in mails), f"the login proves who wrote them: {mails}")
    with connect() as client:
        client.login("nas", PASSWORD)
        try:
            client.sendmail("backup@home.example", ["alerts@anywhere.example"], mail(3).replace("backup@", "boss@").replace("\n", "\r\n"))
            check(False, "it may write as nobody else, whatever the envelope says")
        except smtplib.SMTPDataError as refusal:
            check(refusal.smtp_code == 550, refusal)
    with connect() as client:
        try:
            client.login("nas", PASSWORD + "x")
            check(False, "a wrong password is no entry")
        except smtplib.SMTPAuthenticationError as refusal:
            check(refusal.smtp_code == 535, refusal)
    with connect() as client:
        client.ehlo()
        check(client.mail("nas@home.example")[0] == 530, "nor is none")
    written = {**bot.everything_written(), "status": bot.cli("status").stdout.encode()}
    for name, content in written.items():
        check(PASSWORD.encode() not in content, f"the password is not in {name}")
    check("mail.unauthorised" in bot.log_text(), "the log tells of the wrong one")


@case()
def an_attachment_arrives_encrypted(stage):
    server = Prosody(stage, uploads=10 * MIB)
    alice, port = Peer(stage, server, "alice", "omemo2"), stage.free_port()
    bot = gateway(stage, server, [{"smtp": f"127.0.0.1:{port}"}], files={"private_hosts": ["localhost"]})
    secret = canary("scan")
    message = EmailMessage()
    message["From"], message["Subject"] = "scan@printer.example", "Scan"
    message.set_content("Two pages.")
    message.add_attachment(secret.encode() * 2000, maintype="application", subtype="pdf", filename="Größe 1.pdf")
    with smtplib.SMTP("127.0.0.1", port, local_hostname="printer", timeout=20) as client:
        client.send_message(message, to_addrs=["alerts@bot.test"])
    alice.hears("✉️ Scan\nscan@printer.example (not proven)\n\nTwo pages.")
    copy = stage.path("alice-got")
    heard = alice.gets_file(copy, version="omemo2")
    check(read(copy) == secret.encode() * 2000, "alice has the same bytes")
    check(heard["file"]["name"] == "Größe 1.pdf", heard["file"]["name"])
    check(secret not in server.stanzas(), "the server sees nothing of it")
    for name, content in bot.everything_written().items():
        check(secret.encode() not in content, f"nor is it in the clear in {name}")
