"""A proxy before the hooks, as deploy/proxy has it: senders elsewhere get in by TLS, and to the hooks only."""
from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from proxies import Caddy, Nginx
from stage import check

PROXIES = {"nginx": Nginx, "caddy": Caddy}
MIB = 1 << 20


@case(proxy=list(PROXIES))
def only_hooks_are_passed_on(stage, proxy):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    world = PROXIES[proxy](stage, bot, server.authority)
    token = {"Authorization": f"Bearer {bot.token}"}
    status, said = world.asks("POST", "/hooks/alerts", b"from elsewhere", token)
    check(status == 202, f"the hook takes it: {status} {said}")
    alice.hears("from elsewhere")
    check(world.asks("POST", "/hooks/alerts", b"forged", {"Authorization": "Bearer wrong"})[0] == 401, "a wrong token stays one")
    for path in ("/metrics", "/health/ready", "/v1/messages", "/", "/hooks/../metrics", "/hooks/%2e%2e/metrics", "//metrics"):
        status, said = world.asks("GET", path, headers=token)
        check(status in (301, 308, 400, 404, 405) and "omegate_" not in said, f"{path} is for this machine only: {status} {said[:200]}")
    try:
        status, _ = world.asks("POST", "/hooks/alerts", b"x" * (2 * MIB), token)
    except (BrokenPipeError, ConnectionResetError):  # it does not read on
        status = 413
    # 502: Caddy, where its own limit was reached while it was writing to the gateway.
    check(status in (413, 502), f"and no more than the gateway takes: {status}")
    bot.restart()
    status, said = world.asks("POST", "/hooks/alerts", b"after a restart", token)
    check(status == 202, f"a restart of the gateway is nothing the proxy has to be told of: {status} {said}")
    alice.hears("after a restart")
    alice.hears_nothing_of("forged")
