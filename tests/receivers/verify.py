"""Verifies deliveries with the stock library of Standard Webhooks for Python.

One JSON object a line on standard input, `{"secret", "headers", "body"}` with the body in base64;
one line of standard output each: `verified`, or why not.
"""

import base64
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

for line in sys.stdin:
    delivery = json.loads(line)
    try:
        Webhook(delivery["secret"]).verify(base64.b64decode(delivery["body"]), delivery["headers"])
        print("verified", flush=True)
    except WebhookVerificationError as refusal:
        print(refusal, flush=True)
