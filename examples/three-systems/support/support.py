"""Support: shows their tickets to those who are signed in, and escalations to those who may see them."""
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cardea import Refused, Verifier  # the lines of docs/sub-systems.md

CONTENTS = {
    "/tickets": ("tickets", ["the lamp flickers"], None),
    "/escalations": ("escalations", ["the lamp still flickers"], "escalations:read"),
}
NAMES = ("ISSUER", "AUDIENCE", "CLIENT_ID", "CLIENT_SECRET", "SERVER")
verifier = Verifier(*(os.environ[name] for name in NAMES))


class Support(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30  # who is slower, or idle for longer, is hung up on

    def do_GET(self):
        # What comes with a GET is read by nobody: it must not be taken for the next request.
        self.close_connection |= "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        shown = self.headers.get_all("Authorization", [""])
        scheme, _, token = shown[0].partition(" ")
        try:
            if len(shown) > 1:
                raise Refused(401, "MALFORMED")
            if scheme.lower() != "bearer" or not token:
                raise Refused(401, "MISSING")
            self.show(verifier.verify(token.strip()))
        except Refused as refused:
            self.refuse(refused.status, refused.reason)

    def show(self, claims):
        name, contents, scope = CONTENTS.get(self.path, (None, None, None))
        if name is None:
            self.answer(404, {"code": "NOT_FOUND"})
        elif scope and scope not in claims["scope"].split():
            self.answer(403, {"code": "FORBIDDEN", "scope": scope}, f'Bearer error="insufficient_scope", scope="{scope}"')
        else:
            self.answer(200, {name: contents, "of": claims["sub"]})

    def refuse(self, status, reason):
        # What can't be known now is no 401: nobody is signed out for it.
        if status == 503 or reason == "TOKEN_STALE":
            word = {"code": reason}
        else:
            word = {"code": "UNAUTHENTICATED", "reason": reason}
        challenge = "Bearer" if reason == "MISSING" else f'Bearer error="invalid_token", error_description="{reason}"'
        self.answer(status, word, challenge if status == 401 else None)

    def do_OPTIONS(self):
        self.send_response(204)
        self.allow_page()
        self.send_header("Access-Control-Allow-Headers", "Authorization")
        self.send_header("Access-Control-Max-Age", "7200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer(self, status, word, challenge=None):
        body = json.dumps(word).encode()
        self.send_response(status)
        self.allow_page()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.end_headers()
        self.wfile.write(body)

    def allow_page(self):
        self.send_header("Access-Control-Allow-Origin", os.environ["PAGE"])
        self.send_header("Vary", "Origin")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a browser that hangs up is none
            super().handle_error(request, client_address)


host, port = os.environ["LISTEN"].split(":")
Server((host, int(port)), Support).serve_forever()
