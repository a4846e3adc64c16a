"""What schemathesis has to know of the portal: credentials, ids of things that exist, and things that can be used up.

Read by `schemathesis run` (schemathesis.toml names it). PODARMOR_FUZZ names the JSON file that says where the portal is, who
signs in and which run this is; at the end the file `outcome` of it holds, by operation, what was answered and what was found.
"""

import atexit
import collections
import functools
import itertools
import json
import os
import re
import urllib.error
import urllib.request
import zlib

import schemathesis
from schemathesis.core.parameters import ParameterLocation

with open(os.environ["PODARMOR_FUZZ"], encoding="utf-8") as file:
    WORLD = json.load(file)

ADMIN = WORLD["authorization"]
KEYS = itertools.cycle(WORLD["keys"])
UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Must live until the end, whatever a link between operations leads to.
PROTECTED = set(WORLD["protected"])

seen = set()
numbers = itertools.count()
statuses = collections.defaultdict(collections.Counter)
findings = collections.defaultdict(collections.Counter)
caller = None

# Calls that end or disable whoever makes them; and how many calls somebody has before the limit of password changes.
LAST_CALLS = {"logout", "end_session", "change_password", "update_user", "delete_user"}
CALLS_OF_ONE = 4


def fresh_address():
    """Of a client that nobody has seen: the sign-in limit counts by address, and is not what is tested here."""
    number = next(numbers)
    return f"100.{64 + WORLD['run']}.{number // 250 % 250}.{number % 250 + 1}"


def call(method, path, body=None, authorization=ADMIN):
    headers = {"x-tenant": WORLD["tenant"], "x-forwarded-for": fresh_address(), "authorization": authorization}
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["content-type"] = "application/json"
    request = urllib.request.Request(WORLD["url"] + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
    except urllib.error.HTTPError as refusal:
        raise RuntimeError(f"{method} {path}: {refusal.code} {refusal.read().decode()}") from None
    return json.loads(text) if text else None


def sign_in(email):
    tokens = call("POST", "/api/auth/login", {"email": email, "password": WORLD["password"]})
    return tokens | {"authorization": f"Bearer {tokens['accessToken']}"}


def invite(role="viewer"):
    email = f"made-{WORLD['run']}-{next(numbers)}@example.com"
    return call("POST", "/api/users", {"email": email, "name": "Made", "role": role})


def member(role="viewer"):
    """A user who is signed in and whom nobody else uses."""
    invited = invite(role)
    token = invited["invitation"]["token"]
    call("POST", "/api/auth/set-password", {"token": token, "newPassword": WORLD["password"]})
    return sign_in(invited["user"]["email"])


def some_key():
    """One that may be revoked. A tenant has at most 100, so those that the run itself makes are used first."""
    for key in call("GET", "/api/api-keys")["items"]:
        if key["id"] not in PROTECTED:
            return key["id"]
    return call("POST", "/api/api-keys", {"name": "to be revoked", "scopes": ["read:sbom"]})["id"]


@functools.cache
def some_user():
    """One that is there to be looked at."""
    return invite()["user"]["id"]


# Public, and never sent to: the server makes no deliveries, and an address needs no resolver.
RECEIVER = "https://93.184.216.34/hook"


def some_watch():
    """One that may be removed."""
    return call("POST", "/api/cve-watches", {"cveId": f"CVE-2026-{10_000 + WORLD['run'] * 10_000 + next(numbers)}"})["id"]


@functools.cache
def some_request():
    """One that is there to be looked at."""
    return call("POST", "/api/feature-requests", {"type": "bug", "title": "Something", "description": ""})["id"]


def some_webhook():
    """One that may be changed, tested and deleted."""
    url = f"{RECEIVER}/{WORLD['run']}/{next(numbers)}"
    return call("POST", "/api/webhooks", {"event": "image.scanned", "url": url})["id"]


def some_delivery():
    """One that has failed, of a subscription that is active again."""
    webhook = some_webhook()
    path = f"/api/webhooks/{webhook}"
    delivery = call("POST", f"{path}/test")["id"]
    call("PUT", path, {"active": False})
    call("PUT", path, {"active": True})
    return {"id": webhook, "did": delivery}


def chance(value, of=2):
    """Decided by the value itself, so that a repeated case is the same case."""
    return zlib.crc32(repr(value).encode()) % of == 0


def operation_id(case):
    return case.operation.definition.raw["operationId"]


def is_positive(case, location):
    return case.meta is None or not case.meta.is_negative_at(location)


@schemathesis.auth(refresh_interval=None, retry_on=[])
class Credentials:
    def get(self, case, context):
        # A key may ask 600 times a minute, so they take turns.
        return next(KEYS) if WORLD["keys"] else ADMIN

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = data
        if not WORLD["keys"]:
            case.headers["X-Tenant"] = WORLD["tenant"]


@schemathesis.hook
def before_call(context, case, kwargs):
    case.headers = case.headers or {}
    case.headers["X-Forwarded-For"] = fresh_address()
    operation = operation_id(case)
    if "Idempotency-Key" in case.headers and is_positive(case, ParameterLocation.HEADER):
        # Under a key that came before, the first answer comes again, also when what it made is gone by now.
        case.headers["Idempotency-Key"] = f"{case.headers['Idempotency-Key'][:200]}{next(numbers)}"
    if case.path_parameters and is_positive(case, ParameterLocation.PATH):
        use_real_ids(case, operation)
    # A made-up cursor is always refused. Some are sent all the same.
    if case.query and is_positive(case, ParameterLocation.QUERY) and not chance(case.query, of=10):
        case.query.pop("cursor", None)
        case.query.pop("after", None)
    if isinstance(case.body, dict) and is_positive(case, ParameterLocation.BODY):
        if isinstance(case.body.get("url"), str):
            # A name would be resolved.
            case.body = case.body | {"url": f"{RECEIVER}/{zlib.crc32(case.body['url'].encode())}"}
        if isinstance(case.body.get("imageId"), str):
            case.body = case.body | {"imageId": pick(WORLD["places"], case.body)["id"]}
        if chance(case.body):
            case.body = use_real_credentials(operation, case.body)
    if WORLD["alone"] and operation in LAST_CALLS:
        make_the_last_call(operation, case)


# What the id of an operation's path may be.
MADE = {
    "remove_cve_watch": some_watch,
    "get_feature_request": some_request,
    "redeliver": some_delivery,
} | dict.fromkeys(
    [
        "delete_webhook",
        "get_webhook",
        "list_deliveries",
        "recover_deliveries",
        "rotate_webhook_secret",
        "test_webhook",
        "update_webhook",
    ],
    some_webhook,
)


def use_real_ids(case, operation):
    parameters = case.path_parameters
    generated = any(not isinstance(value, str) or value.encode() not in seen for value in parameters.values())
    if "images/" in case.path:
        # A version of another image is not there, so a place is taken as a whole.
        places = [place for place in WORLD["places"] if place.keys() >= parameters.keys()]
        mixed = not any(parameters.items() <= place.items() for place in places)
        if mixed and chance(parameters):
            place = pick(places, parameters)
            parameters.update({part: place[part] for part in parameters})
    elif operation in MADE:
        if generated and chance(parameters):
            made = MADE[operation]()
            parameters.update(made if isinstance(made, dict) else {"id": made})
    elif "cveId" in parameters:
        if chance(parameters):
            parameters["cveId"] = pick(WORLD["cves"], parameters)
    elif parameters["id"] in PROTECTED and operation != "get_user" or generated and chance(parameters):
        if operation == "revoke_api_key":
            parameters["id"] = some_key()
        elif operation == "get_user":
            parameters["id"] = some_user()
        elif "user" in operation:
            # Changed or removed, and then somebody else's case.
            parameters["id"] = invite()["user"]["id"]


def pick(values, by):
    return values[zlib.crc32(repr(by).encode()) // 2 % len(values)]


def use_real_credentials(operation, body):
    if operation == "login":
        return {"email": WORLD["signer"], "password": WORLD["password"]}
    if operation == "refresh_session":
        return {"refreshToken": sign_in(WORLD["signer"])["refreshToken"]}
    if operation == "set_password":
        return body | {"token": invite()["invitation"]["token"]}
    if operation == "change_password":
        return body | {"currentPassword": WORLD["password"]}
    return body


def make_the_last_call(operation, case):
    """Each is made by somebody who is signed in for it, an admin too, and concerns just this caller."""
    global caller
    if caller is None or caller["calls"] == CALLS_OF_ONE:
        caller = member("admin") | {"calls": 0}
    caller["calls"] += 1
    case.headers["Authorization"] = caller["authorization"]
    if not is_positive(case, ParameterLocation.PATH):
        return
    if operation == "end_session" and chance(case.path_parameters):
        sessions = call("GET", "/api/auth/sessions", None, caller["authorization"])
        case.path_parameters["id"] = sessions["items"][0]["id"]
    elif operation in ("update_user", "delete_user"):
        case.path_parameters["id"] = caller["user"]["id"]


@schemathesis.hook
def after_call(context, case, response):
    global caller
    operation = operation_id(case)
    statuses[operation][str(response.status_code)] += 1
    if 200 <= response.status_code < 300:
        if operation in LAST_CALLS:
            caller = None
        if len(response.content) < 1_000_000:
            seen.update(UUID.findall(response.content))


# What no schema can say of a value that is well formed: path and message of the refusal.
BEYOND_SCHEMAS = [
    # Every string is a cursor to the document, and hardly any to the portal.
    ("cursor", ""),
    ("after", ""),
    # Lengths are those of the normalised text (NFC), which can be longer than what was sent.
    ("search", "must have 1 to 200 characters"),
    ("title", "must have 3 to 200 characters"),
    ("name", "must have 1 to 100 characters"),
    ("package", "must have 1 to 300 characters"),
    # 24 to 64 bytes, whatever their base64 looks like.
    ("secret", "24 to 64 bytes"),
    ("title", "must not contain control characters"),
    ("title", "must not start or end with white space"),
    ("description", "must not contain control characters"),
    ("note", "must not contain control characters"),
    ("package.name", "must not"),
    ("package.version", "must not"),
    ("package.ecosystem", "must not"),
    ("since", "between 1970 and 9999"),
    ("expiresAt", "must be in the future"),
    ("newPassword", "is one of the most common passwords"),
    # Which characters a line of text may have is told in words: a pattern of every control and
    # reordering character of Unicode would be read by nobody.
    ("package", "must not contain control characters"),
    ("package", "must not start or end with white space"),
    ("search", "must not contain control characters"),
    ("name", "must not contain control characters"),
    ("name", "must not start or end with white space"),
    ("refreshToken", "must not contain control characters"),
    ("token", "must not contain control characters"),
    ("newPassword", "must not contain a NUL"),
    ("password", "must not contain a NUL"),
    ("currentPassword", "must not contain a NUL"),
    ("query", "without NUL"),
    # Well-formed, and outside of the years that are kept.
    ("from", "between 1970 and 9999"),
    ("to", "between 1970 and 9999"),
    ("expiresAt", "between 1970 and 9999"),
]


def is_beyond_schemas(response):
    if response.status_code != 400:
        return False
    details = response.json().get("details") or []
    known = [any(detail["path"] == path and text in detail["message"] for path, text in BEYOND_SCHEMAS) for detail in details]
    return bool(known) and all(known)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if type(failure).__name__ == "RejectedPositiveData" and is_beyond_schemas(response):
        return False
    findings[operation_id(case)][failure.title] += 1
    return True


def write_outcome():
    with open(WORLD["outcome"], "w", encoding="utf-8") as file:
        json.dump({"statuses": statuses, "findings": findings}, file)


atexit.register(write_outcome)
