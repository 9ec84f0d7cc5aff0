"""The recipe of docs/sub-systems.md, as it stands there."""
import base64, json, math, re, threading, time, urllib.request
from urllib.parse import quote_plus, urlencode
import jwt
from jwt.utils import base64url_decode, base64url_encode

ALGORITHMS = ("ES256", "EdDSA", "RS256")
SUBJECTS = [("jti",), ("sid",), ("kid",), ("sub",), ("client_id", "sub"), ("client_id",)]
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TEXTS = {"iss": ".*", "aud": ".*", "client_id": ".*", "scope": ".*", "sub": UUID, "sid": UUID, "jti": r"[\w-]{21}[AQgw]"}

class Refused(Exception):
    def __init__(self, status, reason):
        super().__init__(reason)
        self.status, self.reason = status, reason

class Straight(urllib.request.HTTPRedirectHandler):  # nobody else is shown our secret
    redirect_request = lambda *_: None

def want(so, reason="MALFORMED"):
    if not so:
        raise Refused(401, reason)

def are_numbers(*values):
    return all(type(value) is int and 0 <= value < 2**53 for value in values)

class Verifier:
    def __init__(self, issuer, audience, client_id, secret, server=None, fresh_seconds=5, leeway_seconds=0):
        self.issuer, self.audience, self.client_id, self.server = issuer, audience, client_id, server or issuer
        self.fresh_seconds, self.leeway_seconds = fresh_seconds, leeway_seconds
        self.basic = "Basic " + base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()
        self.keys, self.fetched, self.looking = {}, -1, threading.Lock()
        self.rows, self.swept, self.place, self.heard = {}, (0, 0), {}, (0, 0, -1)
        self.straight, self.silent_until = urllib.request.build_opener(Straight), 0
        threading.Thread(target=self.follow, daemon=True).start()

    def ask(self, path, form=None, timeout=2, take=lambda answer: answer):
        request = urllib.request.Request(self.server + path, form and urlencode(form).encode(), {"Authorization": self.basic})
        end, text = time.monotonic() + timeout, b""
        if form and self.silent_until:  # no question was answered: one is tried each second, and the others don't wait
            if time.monotonic() < self.silent_until:
                raise Refused(503, "UNAVAILABLE")
            self.silent_until = time.monotonic() + 1
        try:
            with self.straight.open(request, timeout=timeout) as answer:
                while piece := answer.read1(65536):
                    text += piece
                    want(len(text) <= 4_000_000 and time.monotonic() < end)
            self.silent_until = 0 if form else self.silent_until
            return take(json.loads(text))
        except Exception as fault:  # whatever it is: it can't be known now, which is never a 401
            if form:
                self.silent_until = isinstance(getattr(fault, "reason", fault), TimeoutError) and time.monotonic() + 1
            raise Refused(503, "UNAVAILABLE") from fault

    def learn(self, word):
        rows, swept, position = word["revocations"], word.get("swept") or {"position": 0, "exp": 0}, word["position"]
        want(are_numbers(position, swept["position"], swept["exp"]) and type(word["more"]) is bool and math.isfinite(word["time"]))
        want(type(word["ledger"]) is str and 0 < len(word["ledger"]) <= 100 and self.place.get("ledger", word["ledger"]) == word["ledger"])
        want(position >= self.place.get("after", 0) + word["more"])
        for row in rows:
            want(row["effect"] in ("dead", "stale") and type(row["cut_off"]) is bool and re.fullmatch("[A-Z_]{1,64}", row["reason"]))
            want(are_numbers(row["position"], row["expires_at"]) and row["position"] <= position)
            want(tuple(sorted(row["subject"])) in SUBJECTS and all(type(name) is str for name in row["subject"].values()))
        over = min(word["time"], time.time()) - 5  # by both clocks, with any leeway; should both have been ahead, it was noted
        kept = {subject: row for subject, row in self.rows.items() if row["expires_at"] >= over}
        gone = [(row["position"], row["expires_at"]) for subject, row in self.rows.items() if subject not in kept]
        want(len(kept) + len(rows) <= 1_000_000)
        for row in rows:
            subject = row["effect"], row["cut_off"], tuple(sorted(row["subject"].items()))
            known = kept.get(subject, row)  # the greater position and the later expiry win
            newest = max(known, row, key=lambda one: one["position"])
            kept[subject] = {**newest, "expires_at": max(known["expires_at"], row["expires_at"])}
        self.swept = tuple(map(max, zip(self.swept, (swept["position"], swept["exp"]), *gone)))
        self.rows, self.place = kept, {"after": position, "ledger": word["ledger"]}
        if not word["more"]:
            self.heard = time.monotonic(), word["time"], position

    def follow(self):
        while True:
            try:
                self.ask("/revocations?" + urlencode({"wait": 2, **self.place}), timeout=5, take=self.learn)
            except Exception as fault:
                if getattr(fault.__cause__, "code", None) == 409:  # another ledger: from its beginning; what is dead stays so
                    self.place, self.heard = {}, (0, 0, -1)
                time.sleep(0.5)

    def key(self, kid):
        usable = lambda told: [jwk for jwk in told["keys"] if jwk["alg"] in ALGORITHMS and jwk["use"] == "sig"]
        read = lambda told: {jwk["kid"]: (jwt.PyJWK(jwk).key, jwk["alg"]) for jwk in usable(told)}
        if kid not in self.keys:
            asked = time.monotonic()
            with self.looking:  # one look a second, whoever invents a kid: who waits shares the next
                if kid not in self.keys and self.fetched < asked:
                    time.sleep(max(0, self.fetched + 1 - time.monotonic()))
                    self.fetched = time.monotonic()
                    self.keys = self.ask("/.well-known/jwks.json", take=read)
        if not self.keys:
            raise Refused(503, "UNAVAILABLE")
        want(kid in self.keys or ("dead", False, (("kid", kid),)) not in self.rows, "REVOKED")  # withdrawn: it is not published any more
        return self.keys[kid]

    def read(self, token):
        want(len(token) <= 8192 and token.count(".") == 2)
        want(all(base64url_encode(base64url_decode(part)).decode() == part for part in token.split(".")))
        header = jwt.get_unverified_header(token)
        want(header["typ"].lower() in ("at+jwt", "application/at+jwt"))
        want(not header.keys() & {"jwk", "jku", "x5u", "x5c", "crit"})
        key, algorithm = self.key(header["kid"])
        unchecked = {f"verify_{what}": False for what in ("exp", "nbf", "iat", "aud", "iss")}  # that is for us
        said = jwt.decode(token, key, algorithms=[algorithm], options=unchecked)
        said = {"scope": "", "nbf": said["iat"], **{name: value for name, value in said.items() if value is not None}}
        want(all(re.fullmatch(form, said[name], re.ASCII) for name, form in TEXTS.items()))
        want(all(type(said[name]) is int for name in ("iat", "exp", "nbf", "auth_time", "rev")))
        want(isinstance(said["amr"], list) and all(isinstance(method, str) for method in said["amr"]))
        want(said["iss"] == self.issuer and 1 <= said["exp"] - said["iat"] <= 3600)
        return {**said, "kid": header["kid"]}

    def verify(self, token):
        try:
            claims = self.read(token)
        except Exception as fault:
            raise fault if isinstance(fault, Refused) else Refused(401, "MALFORMED") from fault
        now = int(time.time())
        want((claims["aud"], claims["client_id"]) == (self.audience, self.client_id), "WRONG_AUDIENCE")
        want(now < claims["exp"] + self.leeway_seconds, "EXPIRED")
        want(max(claims["iat"], claims["nbf"]) <= now + 5, "NOT_YET_VALID")
        came, sent, position = self.heard  # before the rows: those may be newer
        rows, swept = self.rows, self.swept
        subjects = [tuple((name, claims[name]) for name in names) for names in SUBJECTS]
        kinds = [(effect, cut_off) for effect in ("dead", "stale") for cut_off in (False, True)]
        found = [rows[(*kind, subject)] for kind in kinds for subject in subjects if (*kind, subject) in rows]
        found = [row for row in found if not row["cut_off"] or row["position"] > claims["rev"]]
        dead = [row for row in found if row["effect"] == "dead"]
        want(not dead, dead and min(dead, key=lambda row: row["position"])["reason"])
        want(not found, "TOKEN_STALE")
        want(claims["rev"] >= swept[0] or claims["exp"] > swept[1], "EXPIRED")  # what there was against it may be gone
        is_fresh = time.monotonic() - came <= self.fresh_seconds and -5 <= time.time() - sent <= self.fresh_seconds
        if not is_fresh or claims["rev"] > position:
            is_active = lambda told: {True: told.get("jti") == claims["jti"], False: False}[told["active"]]
            want(self.ask("/oauth2/introspect", {"token": token}, take=is_active), "REVOKED")
        return claims
