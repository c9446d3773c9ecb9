#!/usr/bin/python3
"""The part of scripts/demo after the build. Not a test: the cases are in test_*.py, on the same bench."""
import json
import os
import shlex
import signal
import subprocess
import sys

from gateway import Gateway
from peer import Peer
from profanity import Profanity
from prosody import Prosody
from stage import Failure, Stage, canary, check, tool
from wiretap import WireTap

TOKEN = "demo-token"


def tell(text):
    print(f"demo: {text}", flush=True)


def once(stage):
    """One exchange with random texts; fails unless a real client read it and nobody between could."""
    server = Prosody(stage)
    tell(f"Prosody runs on 127.0.0.1:{server.port}, with a certificate of its own")
    tap = tap_if_possible(stage, server)
    bot = Gateway(stage, server, token=TOKEN)
    tell(f"omegate is logged in as {bot.jid}, its fingerprint is {bot.ask('keys')['accounts'][0]['fingerprint']}")
    alice = Peer(stage, server, "alice")
    tell(f"a client (slixmpp and python-omemo, process {alice.process.pid}) is logged in as {alice.jid}")
    alert, word = canary("the-disk-is-full"), canary("do-you-hear-me")
    call = curl(bot, alert)
    tell(f"$ {shlex.join(call)}")
    tell(f"  {subprocess.run(call[:1] + ['-sS'] + call[1:], capture_output=True, text=True, check=True).stdout.strip()}")
    printed(alice, alice.hears(alert, sender=bot.jid))
    alice.sends(bot.jid, f"echo {word}")
    printed(alice, alice.hears(word, sender=bot.jid))
    unseen("what the server itself saw, after TLS", server.stanzas().encode(), [alert, word])
    if tap:
        unseen("the capture of the server's traffic", tap.stop(), [alert, word])
    tell("done: decrypted, answered, and unseen by the server")


def tap_if_possible(stage, server):
    try:
        return WireTap(stage, server)
    except Failure as reason:
        tell(f"no packet capture here ({str(reason).strip().splitlines()[-1]}); the server's own record is searched alone")
        return None


def curl(bot, text):
    return ["curl", "-H", f"Authorization: Bearer {TOKEN}", "-d", text, f"http://127.0.0.1:{bot.http_port}/hooks/alerts"]


def printed(client, event):
    tell(f"the client decrypted and printed: {event['body']}")
    tell("  its own line: " + json.dumps(event, ensure_ascii=False))


def unseen(where, content, texts):
    check(b"<encrypted" in content or b"xmpp-tls" in content, f"{where}: nothing was recorded")
    for text in texts:
        check(text.encode() not in content, f"{where} contains {text}")
    tell(f"{where} ({len(content)} bytes) was searched: it contains neither text")


GUIDE = """
  bot@omegate.test is omegate; alice@omegate.test reads in Profanity. Send alice something:

    {curl}

  Then answer as alice in her window: help, ping, or echo some words.
  What the server sees of it:  tail {stanzas}
"""


def interactive(stage):
    server = Prosody(stage, legacy_codes=True)
    tell(f"Prosody runs on 127.0.0.1:{server.port}, with a certificate of its own")
    bot = Gateway(stage, server, token=TOKEN)
    tell(f"omegate is logged in as {bot.jid}")
    alice = Profanity(stage, server, "alice")
    alice.opens_chat(bot.jid)
    guide = GUIDE.format(curl=shlex.join(curl(bot, "The disk is full")), stanzas=server.stanza_log)
    if sys.stdin.isatty() and sys.stdout.isatty():
        print(guide)
        with_shell(stage, alice, guide)
    else:
        print(guide + f"\n  Her window:  tmux -S {alice.socket} attach\n\n  It runs until Ctrl-C.", flush=True)
        signal.pause()


def with_shell(stage, alice, guide):
    """Profanity above, a shell with the guide below, until one of them is left."""
    keys = "\n  Ctrl-b and an arrow key: to the other window.  Ctrl-b d: end the demo.\n"
    rc = stage.write("shell.rc", f"cat {stage.write('guide', guide + keys)}\nPS1='$ '\n")
    alice.tmux("set-option", "-t", "client", "remain-on-exit", "off")
    alice.tmux("split-window", "-v", "-l", "14", "-t", "client", "bash", "--rcfile", rc)
    subprocess.run([tool("tmux"), "-S", alice.socket, "attach", "-t", "client"], env={**os.environ, "TMUX": ""}, check=False)


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Stage() as stage:
            try:
                (once if "--once" in sys.argv[1:] else interactive)(stage)
            except Failure as failure:
                tell(f"FAILED: {failure}")
                stage.show_logs()
                return 1
    except KeyboardInterrupt:
        tell("stopped")
        return 130 if "--once" in sys.argv[1:] else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
