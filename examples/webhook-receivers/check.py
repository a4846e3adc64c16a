#!/usr/bin/env python3
"""Starts each receiver, sends it signed deliveries, and checks answers and output; checks also
that docs/webhooks.md shows the receivers' own code and signatures that are right.

    python3 check.py [--rust PATH] [--only go,python,…] [--require go,…]

Without --rust the Rust receiver is left out. What is not installed is left out too, unless it is
required. Python 3.11 or newer, standard library alone. The last line is `N passed, N failed`.
"""

import argparse
import base64
import contextlib
import hashlib
import hmac
import json
import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "webhooks.md"
LIMIT = 1024 * 1024
PATIENCE = 30.0

CURRENT = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NEXT = "whsec_" + base64.b64encode(bytes(range(100, 164))).decode()


class Tally:
    """What passed and what failed."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, holds: bool, what: str):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}")


# Deliveries as the portal makes them.


def message(age: timedelta = timedelta(0), **changes) -> bytes:
    sent = (datetime.now(timezone.utc) - age).isoformat().replace("+00:00", "Z")
    body = {
        "event": "image.scanned",
        "tenantId": str(uuid.uuid4()),
        "imageId": str(uuid.uuid4()),
        "versionId": str(uuid.uuid4()),
        "data": {
            "imageName": "käse",
            "version": "1.0.0-r0",
            "outstandingCount": 2,
            "residualCount": 5,
            "criticalCount": 1,
            "highCount": 3,
            "scannedAt": "2026-03-01T08:00:00Z",
        },
        "deliveryId": str(uuid.uuid4()),
        "deliveredAt": sent,
        "attemptNumber": 1,
        "eventId": str(uuid.uuid4()),
    }
    return json.dumps(body | changes, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(body: bytes, *secrets: str) -> dict:
    listed = ",".join(signature(secret, body) for secret in secrets or (CURRENT,))
    return {"X-PodArmor-Signature": listed}


# A running receiver.


class Receiver:
    """A receiver on a port of its own, its lines of output, and requests to it."""

    def __init__(self, command: list[str], secret: str):
        environment = os.environ | {"PORT": "0", "PODARMOR_WEBHOOK_SECRET": secret}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        found = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)/hook", self.line() or "")
        if found is None:
            self.process.kill()
            raise RuntimeError(f"{command[0]} does not listen")
        self.port = int(found[1])

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode().rstrip("\n"))
        self.lines.put(None)

    def line(self) -> str | None:
        with contextlib.suppress(queue.Empty):
            return self.lines.get(timeout=PATIENCE)
        return None

    def stop(self):
        self.process.kill()
        self.process.wait()

    def post(self, body: bytes, headers: dict, path: str = "/hook", method: str = "POST") -> int:
        return self.raw(body, headers | {"Content-Length": str(len(body))}, path, method)

    def raw(self, body: bytes, headers: dict, path: str = "/hook", method: str = "POST") -> int:
        """The status. A receiver may answer and hang up before it has read all of the body."""
        head = {"Host": "127.0.0.1", "Connection": "close", "Content-Type": "application/json"} | headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
            return status_of(connection)


def status_of(connection: socket.socket) -> int:
    answer = b""
    with contextlib.suppress(OSError):
        while b"\r\n" not in answer and (more := connection.recv(4096)):
            answer += more
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(found[1]) if found else 0


# What each must do.


def accepted(body: bytes) -> str:
    read = json.loads(body)
    fields = {name: read[name] for name in ("event", "deliveryId", "attemptNumber")}
    return json.dumps(fields, separators=(",", ":"))


def check_acceptance(receiver: Receiver, say):
    for what, body in [
        ("a delivery", message()),
        ("a delivery of four minutes ago", message(timedelta(minutes=4))),
        ("a delivery that is ahead by four minutes", message(timedelta(minutes=-4))),
        ("a kind of event that is not known", message(event="image.renamed", data={"new": True})),
        ("a test delivery", message(imageId=None, versionId=None)),
        ("members that are not known", message(more=[1, {"x": None}])),
        ("a body of 1 MiB", (whole := message())[:-1] + b" " * (LIMIT - len(whole)) + b"}"),
    ]:
        say(receiver.post(body, signed(body)) == 204, f"{what} is answered with 204")
        say(receiver.line() == accepted(body), f"{what} is said")


def check_duplicates(receiver: Receiver, say):
    first = message()
    delivery = json.loads(first)["deliveryId"]
    again = message(deliveryId=delivery, attemptNumber=2)
    say(receiver.post(first, signed(first)) == 204, "the first attempt is accepted")
    say(receiver.line() == accepted(first), "the first attempt is said")
    say(receiver.post(again, signed(again)) == 204, "the second attempt is accepted")
    say(receiver.line() == json.dumps({"duplicate": delivery}, separators=(",", ":")), "the second attempt is a duplicate")


def check_refusals(receiver: Receiver, say):
    body = message()
    right = signature(CURRENT, body)
    for what, value in [
        ("no signature", None),
        ("an empty signature", ""),
        ("a list of nothing", " , ,"),
        ("the signature of another secret", signature(NEXT, body)),
        ("the signature of another body", signature(CURRENT, message())),
        ("a signature without its name", right.removeprefix("sha256=")),
        ("a signature with its end cut off", right[:-1]),
        ("a signature with more behind it", right + "0"),
        ("a signature of another length of hash", "sha512=" + hmac.new(CURRENT.encode(), body, "sha512").hexdigest()),
        ("a signature in base64", "sha256=" + base64.b64encode(bytes.fromhex(right[7:])).decode()),
        ("a signature under the decoded secret", "sha256=" + hmac.new(bytes(range(32)), body, "sha256").hexdigest()),
        ("a signature that is no text", "sha256=\u00fc"),
    ]:
        headers = {} if value is None else {"X-PodArmor-Signature": value}
        say(receiver.post(body, headers) == 401, f"{what} is answered with 401")
    changed = body.replace(b'"criticalCount":1', b'"criticalCount":0')
    say(receiver.post(changed, signed(body)) == 401, "a changed body is answered with 401")
    say(receiver.post(body + b"\n", signed(body)) == 401, "a body with a line break more is answered with 401")
    for what, body in [
        ("a delivery of six minutes ago", message(timedelta(minutes=6))),
        ("a delivery that is ahead by six minutes", message(timedelta(minutes=-6))),
        ("a body that is no JSON", b"{"),
        ("an empty body", b""),
        ("a body without its time", b'{"event":"image.scanned","deliveryId":"x","attemptNumber":1}'),
    ]:
        say(receiver.post(body, signed(body)) == 400, f"{what} is answered with 400")


def check_bounds(receiver: Receiver, say):
    body = b" " * (LIMIT + 1)
    say(receiver.post(body, signed(body)) == 413, "a body of 1 MiB and a byte is answered with 413")
    chunked = b"100001\r\n" + body + b"\r\n0\r\n\r\n"
    status = receiver.raw(chunked, signed(body) | {"Transfer-Encoding": "chunked"})
    say(status in (411, 413), "the same in chunks is answered with 411 or 413")
    say(receiver.post(b"{}", signed(b"{}"), path="/") == 404, "another path is answered with 404")
    say(receiver.post(b"", {}, method="PUT") in (404, 405, 501), "another method is refused")


def check_rotation(command: list[str], say):
    """While a secret is rotated, both sign: whoever knows either of them accepts."""
    for known, which in [(CURRENT, "old"), (NEXT, "new")]:
        with running(command, known) as receiver:
            for between in (",", ", "):
                body = message()
                both = between.join([signature(NEXT, body), signature(CURRENT, body)])
                what = f"two signatures with the {which} secret known"
                say(receiver.post(body, {"X-PodArmor-Signature": both}) == 204, f"{what} are accepted")
                say(receiver.line() == accepted(body), f"{what} are said")


@contextlib.contextmanager
def running(command: list[str], secret: str = CURRENT):
    receiver = Receiver(command, secret)
    try:
        yield receiver
    finally:
        receiver.stop()


def check_receiver(name: str, command: list[str], tally: Tally):
    def say(holds, what):
        tally.check(holds, f"{name}: {what}")

    with running(command) as receiver:
        check_refusals(receiver, say)
        check_bounds(receiver, say)
        # What was refused said nothing: the next line is that of the first one that is accepted.
        check_acceptance(receiver, say)
        check_duplicates(receiver, say)
    check_rotation(command, say)
    say(refuses_to_start(command), "without a secret nothing is started")


def refuses_to_start(command: list[str]) -> bool:
    """Everybody could sign with an empty secret."""
    environment = os.environ | {"PORT": "0", "PODARMOR_WEBHOOK_SECRET": ""}
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode != 0 and b"listening" not in ended.stdout


# What docs/webhooks.md shows.

SOURCES = {
    "python": HERE / "python" / "receiver.py",
    "js": HERE / "node" / "receiver.mjs",
    "go": HERE / "go" / "main.go",
    "ruby": HERE / "ruby" / "receiver.rb",
    "rust": HERE / "rust" / "src" / "main.rs",
}


def check_page(tally: Tally):
    text = PAGE.read_text(encoding="utf-8")
    for language, source in SOURCES.items():
        shown = re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        whole = bool(shown) and all(block in source.read_text(encoding="utf-8") for block in shown)
        tally.check(whole, f"the page shows the {language} of {source.name}")
        tally.check(bool(shown) and len(shown[0].splitlines()) <= 10, f"the {language} of the page fits into ten lines")
    check_example(text, tally)
    check_bodies(text, tally)


def check_example(text: str, tally: Tally):
    """The delivery that the page shows, header by header."""
    request = re.search(r"^```http\n(.*?)\n\n(\{.*?\})\n```", text, re.DOTALL | re.MULTILINE)
    secret = re.search(r"whsec_[A-Za-z0-9+/=]{32,}", text)
    if request is None or secret is None:
        return tally.check(False, "the page shows a delivery and its secret")
    headers = dict(line.lower().split(": ", 1) for line in request[1].splitlines()[1:])
    exact = dict(line.split(": ", 1) for line in request[1].splitlines()[1:])
    body = request[2].encode()
    tally.check(headers["content-length"] == str(len(body)), "the length of the delivery on the page")
    tally.check(exact["X-PodArmor-Signature"] == signature(secret[0], body), "X-PodArmor-Signature on the page")
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret[0].removeprefix("whsec_"))
    standard = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    tally.check(exact["webhook-signature"] == f"v1,{standard}", "webhook-signature on the page")
    read = json.loads(body)
    tally.check(read["deliveryId"] == headers["webhook-id"] == headers["x-podarmor-delivery"], "the id on the page")
    sent = datetime.fromisoformat(read["deliveredAt"])
    tally.check(int(headers["webhook-timestamp"]) == int(sent.timestamp()), "the time on the page")


KINDS = {
    "image.scanned", "image.rebuilt", "cve.watched", "version_deprecated", "cve.actionable",
    "webhook.disabled", "webhook.exhausted",
}


def check_bodies(text: str, tally: Tally):
    blocks = re.findall(r"^```json\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    bodies = []
    for block in blocks:
        try:
            bodies.append(json.loads(block))
        except ValueError:
            tally.check(False, f"JSON of the page: {block[:60]}")
    tally.check({body.get("event") for body in bodies} >= KINDS, "the page shows every kind of event")
    types = {body.get("type") for body in bodies}
    tally.check(types >= {f"com.podarmor.{kind}" for kind in KINDS}, "the page shows every kind as a CloudEvent")


# Which receivers there are.


def commands(rust: str | None, scratch: Path) -> dict[str, list[str]]:
    found = {}
    if python := sys.executable:
        found["python"] = [python, str(SOURCES["python"])]
    if node := shutil.which("node") or shutil.which("nodejs"):
        found["node"] = [node, str(SOURCES["js"])]
    if ruby := shutil.which("ruby"):
        found["ruby"] = [ruby, "-W2", str(SOURCES["ruby"])]
    if go := shutil.which("go"):
        built = scratch / "receiver"
        environment = os.environ | {"GOPROXY": "off", "GOTOOLCHAIN": "local"}
        subprocess.run([go, "build", "-buildvcs=false", "-o", str(built), "."], cwd=HERE / "go", env=environment, check=True)
        found["go"] = [str(built)]
    if rust:
        found["rust"] = [rust]
    return found


def names(text: str) -> set[str]:
    return {name for name in text.split(",") if name}


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rust", help="the built podarmor-webhook-receiver")
    arguments.add_argument("--only", type=names, default=set(), help="these receivers, and not the page")
    arguments.add_argument("--require", type=names, default=set(), help="receivers that must not be left out")
    chosen = arguments.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as scratch:
        found = commands(chosen.rust, Path(scratch))
        for name in sorted((chosen.require | chosen.only) - found.keys()):
            tally.check(False, f"{name} is not here")
        for name, command in found.items():
            if not chosen.only or name in chosen.only:
                print(f"== {name}", flush=True)
                check_receiver(name, command, tally)
    if not chosen.only:
        check_page(tally)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
