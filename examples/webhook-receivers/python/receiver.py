#!/usr/bin/env python3
"""Receives PodArmor webhooks. Standard library alone, Python 3.11 or newer.

PODARMOR_WEBHOOK_SECRET=whsec_… PORT=8787 python3 receiver.py
"""

import hashlib
import hmac
import json
import os
import sys
import threading
from collections import OrderedDict
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LONGEST_BODY = 1024 * 1024
LONGEST_AGE = timedelta(minutes=5)
REMEMBERED = 10_000


def verified(secret: str, header: str, body: bytes) -> bool:
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    signatures = [one.strip().encode() for one in header.split(",")]
    return any(hmac.compare_digest(one, expected.encode()) for one in signatures)


class Seen:
    """The deliveries that were accepted. In production this is a table with a unique key, written
    in the transaction that acts on the event: memory is gone with the process."""

    def __init__(self):
        self.ids = OrderedDict()
        self.lock = threading.Lock()

    def add(self, delivery: str) -> bool:
        """Whether it is new."""
        with self.lock:
            if delivery in self.ids:
                return False
            self.ids[delivery] = None
            if len(self.ids) > REMEMBERED:
                self.ids.popitem(last=False)
            return True


def read_message(body: bytes) -> dict | None:
    """The message, unless it is none or was not sent just now."""
    try:
        message = json.loads(body)
        age = datetime.now(timezone.utc) - datetime.fromisoformat(message["deliveredAt"])
        fields = {name: message[name] for name in ("event", "deliveryId", "attemptNumber")}
    except (ValueError, KeyError, TypeError):
        return None
    return fields if abs(age) <= LONGEST_AGE else None


class Receiver(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self):
        if self.path != "/hook":
            return self.answer(404)
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return self.answer(411)
        if int(length) > LONGEST_BODY:
            return self.answer(413)
        body = self.rfile.read(int(length))
        if not verified(SECRET, self.headers.get("X-PodArmor-Signature", ""), body):
            return self.answer(401)
        message = read_message(body)
        if message is None:
            return self.answer(400)
        if SEEN.add(message["deliveryId"]):
            # Whatever takes long belongs into a queue: the portal waits 15 seconds for the answer.
            say(message)
        else:
            say({"duplicate": message["deliveryId"]})
        self.answer(204)

    def answer(self, status: int):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


def say(value: dict):
    sys.stdout.write(json.dumps(value, separators=(",", ":")) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    SECRET = os.environ.get("PODARMOR_WEBHOOK_SECRET") or sys.exit("PODARMOR_WEBHOOK_SECRET is not set")
    SEEN = Seen()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8787"))), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}/hook", flush=True)
    server.serve_forever()
