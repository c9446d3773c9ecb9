"""The HTTP API: every line of docs/http-api.md, and a program that loses nothing however often somebody is killed."""
import http.client
import json
import os
import re
import sys
import threading

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody, jid
from stage import canary, check, run, until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
API_TOKEN = "api-token-" + "7b1e9a5c" * 4  # no secret: it is sent in every request of these tests


def page():
    with open(os.path.join(ROOT, "docs", "http-api.md"), encoding="utf-8") as file:
        return file.read()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", page(), re.S)


class Api:
    """A client of the API as its author would write it: every failure is tried again."""

    def __init__(self, bot):
        self.bot = bot

    def once(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.bot.http_port, timeout=70)
        try:
            all_headers = {"Authorization": "Bearer " + API_TOKEN, "Content-Type": "application/json", **dict(headers)}
            connection.request(method, "/v1/" + path, None if body is None else json.dumps(body), all_headers)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def ask(self, method, path, body=None, headers=()):
        while True:
            try:
                status, answer = self.once(method, path, body, headers)
            except (OSError, http.client.HTTPException, ValueError):
                continue
            check(status < 300, f"{method} {path}: {status} {answer}")
            return answer


def gateway(stage, server, **more):
    stage.write("gateway/api.token", API_TOKEN + "\n")
    client = {"token": {"file": "api.token"}, "scopes": ["send", "events", "trust:read"], "send_to": [jid("alice")], **more}
    return Gateway(stage, server, api={"clients": {"home": client}})


@case()
def every_line_of_the_page_does_what_the_page_says(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), gateway(stage, server)
    here = lambda text: text.replace("127.0.0.1:8443", f"127.0.0.1:{bot.http_port}").replace("you@example.org", alice.jid)
    env = {**os.environ, "TOKEN": API_TOKEN}
    scripts = [here(script) for script in blocks("sh")]
    check(len(scripts) == 4, f"the page has its lines: {len(scripts)}")
    for _ in range(2):
        answer = json.loads(run(["sh", "-ec", scripts[0]], env=env).stdout)
        shown = json.loads(here(blocks("json")[0]))
        check({**answer, "id": 0} == {**shown, "id": 0}, f"the answer is as shown: {answer}")
    alice.hears("The backup is done", sender=bot.jid)
    alice.sends(bot.jid, "hello")
    answer = json.loads(run(["sh", "-ec", scripts[1]], env=env, timeout=60).stdout)
    check(answer["events"][0]["payload"]["text"] == "hello", f"it is heard: {answer}")
    shown = json.loads(here(blocks("json")[1]))
    check(answer.keys() == shown.keys() and answer["events"][0].keys() == shown["events"][0].keys(), "as the page shows it")
    check(shown["events"][0]["payload"].keys() <= answer["events"][0]["payload"].keys(), "and its payload")
    streamed = run(["sh", "-ec", scripts[3]], env=env).stdout
    check('"text":"hello"' in streamed and "id: " + answer["next"] in streamed, f"the stream has it too: {streamed}")
    done = json.loads(run(["sh", "-ec", scripts[2]], env={**env, "CURSOR": answer["next"]}).stdout)
    check(done == {"acknowledged": 1, "waiting": 0}, f"it is done: {done}")
    token = run(["sh", "-ec", blocks("")[0].replace("/etc/omegate/home.token", stage.path("home.token")) + "cat " +
                 stage.path("home.token")]).stdout
    check(len(token.strip()) == 64, "the line that makes a token makes one")
    problem = json.loads(blocks("json")[2])
    status, real = Api(bot).once("POST", "messages", {"text": "to nobody"})
    check((status, real) == (400, problem), f"an error is as shown: {real}")


@case()
def the_program_of_the_page_answers(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), gateway(stage, server)
    program = blocks("python")[0].replace("127.0.0.1:8443", f"127.0.0.1:{bot.http_port}")
    stage.launch("program", [sys.executable, "-c", program], env={**os.environ, "TOKEN": API_TOKEN})
    for text in ("good morning", "good evening"):
        alice.sends(bot.jid, text)
        alice.hears("You said: " + text)
    until(10, "everything is acknowledged", lambda: Api(bot).ask("GET", "client")["waiting"] == 0)


@case()
def nobody_hears_twice_and_nobody_misses_a_word_however_often_it_is_killed(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), gateway(stage, server, sends_per_minute=10000)
    api, texts, heard, done = Api(bot), [f"word {i}" for i in range(30)], [], threading.Event()

    def program():
        """Keeps what it heard and the cursor together; acknowledges now and then; answers each with the event's id as key."""
        after = ""
        while not done.is_set():
            answer = api.ask("GET", f"events?wait=1&limit=3{after}")
            for event in answer["events"]:
                heard.append(event["payload"]["text"])
                after = "&after=" + event["cursor"]
                body = {"to": event["payload"]["from"], "text": "re: " + event["payload"]["text"]}
                for _ in range(2):  # as if it had died before it learnt that the first was accepted
                    api.ask("POST", "messages", body, {"Idempotency-Key": event["id"]})
            if answer["events"]:
                api.ask("POST", "events/ack", {"cursor": answer["next"]})

    thread = threading.Thread(target=program)
    thread.start()
    try:
        for i, text in enumerate(texts):
            alice.sends(bot.jid, text)
            if i % 7 == 3:
                bot.kill()
                bot.start()
        until(60, lambda: f"all are heard: {heard}", lambda: set(texts) <= set(heard))
        wanted = {"re: " + text for text in texts}
        until(60, lambda: f"all are answered: {alice.heard()}", lambda: wanted <= set(alice.heard()))
    finally:
        done.set()
        thread.join()
    check(heard == texts, f"each once and in order: {heard}")
    check(sorted(alice.heard()) == sorted(wanted), f"each answered once: {alice.heard()}")


@case()
def what_nobody_fetches_is_there_when_somebody_does(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), gateway(stage, server)
    secret = canary("event")
    alice.sends(bot.jid, secret)
    until(15, "it is stored", lambda: Api(bot).ask("GET", "client")["waiting"] == 1)
    written = bot.everything_written()
    check(not any(secret.encode() in content for content in written.values()), "sealed on the disk, and not in the log")
    check(not any(API_TOKEN.encode() in content for content in written.values()), "nor is the token")
    for _ in range(2):
        bot.kill()
        bot.start()
        answer = Api(bot).ask("GET", "events")
        check([event["payload"]["text"] for event in answer["events"]] == [secret], f"it is still there: {answer}")


# case 189
@case()
def a_page_in_a_browser_gets_nothing(stage):
    server = Prosody(stage)
    bot = gateway(stage, server)
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        status, answer = Api(bot).once("GET", "client", headers=headers)
        check(status == 403, f"{headers}: {status} {answer}")
