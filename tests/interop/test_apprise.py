"""Apprise itself as the sender, by each of its services that omegate stands in for."""
from cases import case
from gateway import TOKEN, Gateway
from peer import Peer
from prosody import Prosody
from stage import check, run, tool

# The service's address, and what a person reads of title, text and type.
WAYS = {
    "json://any:{token}@{host}/hooks/alerts": "🔴 {title}\n{body}",
    "xml://any:{token}@{host}/hooks/alerts": "🔴 {title}\n{body}",
    "form://any:{token}@{host}/hooks/alerts": "🔴 {title}\n{body}",
    "ntfy://any:{token}@{host}/alerts?priority=high&tags=skull": "💀 {title}\n{body}",
    "gotify://{host}/{token}": "{title}\n{body}",
    "signal://any:{token}@{host}/+4930123456/+4930654321": "{title}\n{body}",
}


@case()
def each_service_of_apprise_that_needs_only_an_address(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    for number, (way, read) in enumerate(WAYS.items()):
        service = way.split(":")[0]
        said = {"title": f"Backup by {service}", "body": f"attempt {number}: no space left & no hope"}
        url = way.format(token=TOKEN, host=f"127.0.0.1:{bot.http_port}")
        stage.say(f"$ apprise -t '{said['title']}' {service}://…")
        done = run([tool("apprise"), "-n", "failure", "-t", said["title"], "-b", said["body"], url], check_code=False)
        check(done.returncode == 0, f"{service} is satisfied: {done.stdout}{done.stderr}")
        alice.hears(read.format(**said), sender=bot.jid)
