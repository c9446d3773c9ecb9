"""Mails written in a chat, through a real mail server: in their thread, encrypted on the way, once."""
import os
import shutil
from collections import Counter

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody, jid
from stage import ROOT, canary, check, until
from submission_server import DOMAIN, LOGIN, PASSWORD, SubmissionServer


class MailGateway(Gateway):
    """With the plugin of tests/flow/plugins/postbox, which passes made-up mails on, and plugins/mail/outgoing.lua."""

    def __init__(self, stage, server, submission, **more):
        self.submission = submission
        folder = stage.path("postbox", "")[:-1]
        shutil.copytree(os.path.join(ROOT, "tests/flow/plugins/postbox"), folder, dirs_exist_ok=True)
        for name in ("outgoing.lua", "words.lua", "quotes.lua"):
            shutil.copy(os.path.join(ROOT, "plugins/mail", name), folder)
        os.chmod(folder, 0o755)
        super().__init__(stage, server, plugins={"postbox": {"path": folder, "config": {
            "writers": [jid("alice")], "write_to": [f"*@{DOMAIN}"]}}}, **more)

    def settings(self):
        return {**super().settings(), "mail": {"submission": self.submission}}


def text_of(mail):
    return mail.get_body().get_content().replace("\r\n", "\n").rstrip("\n")


@case(tls=["implicit", "starttls"])
def an_answer_in_a_chat_becomes_a_mail_in_its_thread(stage, tls):
    server, mail = Prosody(stage), SubmissionServer(stage)
    alice, bot = Peer(stage, server, "alice"), MailGateway(stage, server, mail.settings(tls))
    alice.sends(bot.jid, f"arrives 42@{DOMAIN} juliet@{DOMAIN} The printer")
    relayed = alice.hears("✉️ The printer")
    secret = canary("answer")
    alice.sends(bot.jid, f"Größer is better. {secret}", reply=relayed["id"])
    answer = mail.gets("juliet", "Re: The printer")
    check(answer["In-Reply-To"] == f"<42@{DOMAIN}>", f"it answers the mail: {answer['In-Reply-To']}")
    check(answer["References"].split() == ["<start@example.net>", f"<42@{DOMAIN}>"], f"and stands in its thread: {answer['References']}")
    check(answer["From"] == f"\"alice (chat)\" <{LOGIN}>", f"from us, by her: {answer['From']}")
    check(answer["To"] == f"juliet@{DOMAIN}" and answer["Message-ID"].endswith(f"@{DOMAIN}>"), f"whole: {answer}")
    check(answer["Auto-Submitted"] is None and answer["X-Omegate-Loop"] == LOGIN, "written by hand, and known when it comes back")
    check(text_of(answer) == f"Größer is better. {secret}", f"with her words: {text_of(answer)!r}")
    check("ESMTPSA" in answer["Received"] or "TLS" in answer["Received"], f"it came encrypted and with the login: {answer['Received']}")
    alice.sends(bot.jid, f"bounces {answer['Message-ID']} juliet@{DOMAIN}")
    alice.hears(f"📮 About your mail \"Re: The printer\":\njuliet@{DOMAIN}: failed 5.1.1 no such user")
    for name, content in bot.everything_written().items():
        check(secret.encode() not in content and PASSWORD.encode() not in content, f"nothing is in the clear in {name}")


@case()
def who_does_not_exist_is_told_to_the_writer(stage):
    server, mail = Prosody(stage), SubmissionServer(stage)
    alice, bot = Peer(stage, server, "alice"), MailGateway(stage, server, mail.settings())
    alice.sends(bot.jid, f"mail nobody@{DOMAIN} Hello\nIs there anybody?")
    alice.hears(f"📨 On its way to nobody@{DOMAIN}.")
    told = until(20, "alice is told", lambda: next((text for text in alice.heard() if text.startswith("❌")), None))
    check("did not arrive" in told and "550 5.1.1" in told, f"with the server's words: {told}")
    alice.sends(bot.jid, f"mail romeo@{DOMAIN} Hello\nYou are there.")
    check(text_of(mail.gets("romeo", "Hello")) == "You are there.", "the next one goes on")


# case 196
@case(seconds=180, tls=["implicit", "starttls"])
def nothing_is_lost_or_doubled_while_the_server_is_away(stage, tls):
    server, mail = Prosody(stage), SubmissionServer(stage)
    alice, bot = Peer(stage, server, "alice"), MailGateway(stage, server, mail.settings(tls))
    count = 0

    def write(number):
        nonlocal count
        for _ in range(number):
            count += 1
            alice.sends(bot.jid, f"mail romeo@{DOMAIN} Number {count}\nthe text")
    write(4)
    mail.gets("romeo", "Number 4")
    mail.stop()
    stage.say("the mail server is away")
    write(6)
    until(20, "all are accepted", lambda: sum(text.startswith("📨") for text in alice.heard()) == count)
    bot.kill()
    bot.start()
    write(2)
    mail.start()
    stage.say("the mail server is back")
    until(100, lambda: f"all arrive: {[each['Subject'] for each in mail.mails('romeo')]}", lambda: len(mail.mails("romeo")) >= count)
    write(1)
    mail.gets("romeo", f"Number {count}")
    subjects = Counter(each["Subject"] for each in mail.mails("romeo"))
    check(subjects == Counter(f"Number {n}" for n in range(1, count + 1)), f"each came once: {subjects}")
    check(len({each["Message-ID"] for each in mail.mails("romeo")}) == count, "under an identifier of its own")


# case 207
@case()
def a_wrong_password_is_nowhere_and_a_mail_waits_for_the_right_one(stage):
    server, mail = Prosody(stage), SubmissionServer(stage)
    wrong = "wrong-password-" + canary()
    alice, bot = Peer(stage, server, "alice"), MailGateway(stage, server, mail.settings(password=wrong))
    alice.sends(bot.jid, f"mail romeo@{DOMAIN} Hello")
    until(20, lambda: bot.log_text()[-500:], lambda: "refuses the login of " + LOGIN in bot.log_text())
    check(not mail.mails("romeo"), "nothing was taken")
    for name, content in bot.everything_written().items():
        check(wrong.encode() not in content, f"the password is not in {name}")
    mail.settings()
    bot.cli("reload")
    mail.gets("romeo", "Hello", seconds=60)
