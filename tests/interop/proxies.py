"""nginx and Caddy before the gateway, each with the file of deploy/proxy, changed in nothing but names and ports."""
import os
import ssl
import http.client

from stage import ROOT, Failure, port_is_open, read, run, tool, until

NAME = "hooks.example.org"


def advice(name, changes):
    """A file of deploy/proxy with these texts replaced; each must be there."""
    text = read(os.path.join(ROOT, "deploy/proxy", name)).decode()
    for old, new in changes.items():
        if old not in text:
            raise Failure(f"deploy/proxy/{name} has no '{old}' any more")
        text = text.replace(old, new)
    return text


class Proxy:
    """Running when constructed; asks `bot` over loopback and speaks TLS with the certificate of the test's server."""

    def __init__(self, stage, bot, authority):
        self.stage, self.port, self.authority = stage, stage.free_port(), authority
        argv = self.prepare(bot)
        self.process = stage.launch(type(self).__name__.lower(), argv, env={"HOME": stage.path("proxy", ""), "XDG_DATA_HOME": stage.path("proxy", "")})
        until(15, lambda: f"the proxy opens its port: {self.said()}", lambda: port_is_open(self.port))

    def said(self):
        return read(self.stage.path(type(self).__name__.lower() + ".out")).decode(errors="replace")[-1500:]

    def asks(self, method, path, body=b"", headers=None):
        """As somebody elsewhere would, over TLS: status and text."""
        context = ssl.create_default_context(cafile=self.authority.ca)
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=20, context=context)
        try:
            connection.request(method, path, body, {"Host": NAME, **(headers or {})})
            reply = connection.getresponse()
            return reply.status, reply.read().decode(errors="replace")
        finally:
            connection.close()


class Nginx(Proxy):
    def prepare(self, bot):
        server = advice("nginx.conf", {
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "  listen [::]:443 ssl;\n": "",
            "/etc/ssl/hooks.example.org.pem": self.authority.certificate, "/etc/ssl/hooks.example.org.key": self.authority.key,
            "127.0.0.1:8443": f"127.0.0.1:{bot.http_port}"})
        folder = self.stage.path("proxy", "")
        places = "".join(f"{kind}_temp_path {folder}{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = self.stage.write("proxy/nginx.conf", f"daemon off; master_process off; user root; pid {folder}nginx.pid; error_log stderr;\n"
                                  f"events {{}}\nhttp {{ access_log off; {places}\n{server}}}\n")
        run([tool("nginx"), "-t", "-c", config])
        return [tool("nginx"), "-c", config]


class Caddy(Proxy):
    def prepare(self, bot):
        site = advice("Caddyfile", {
            "hooks.example.org {\n": f"https://hooks.example.org:{self.port}, https://localhost:{self.port} {{\n\ttls {self.authority.certificate} {self.authority.key}\n",
            "127.0.0.1:8443": f"127.0.0.1:{bot.http_port}"})
        config = self.stage.write("proxy/Caddyfile", f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n}}\n{site}")
        run([tool("caddy"), "validate", "--config", config, "--adapter", "caddyfile"], env={**os.environ, "HOME": self.stage.path("proxy", "")})
        return [tool("caddy"), "run", "--config", config, "--adapter", "caddyfile"]
