"""contract - what each Python program here shares: its settings, its rows, a line per feature.

The contract is in README.md. Programs in other languages say the same in their own words.
"""

import logging
import os
import sys
import time

BOOTSTRAP = os.environ.get("SCHLOSS_BOOTSTRAP", "")
CA = os.environ.get("SCHLOSS_CA", "")
USER = os.environ.get("SCHLOSS_USER", ""), os.environ.get("SCHLOSS_PASSWORD", "")
OTHER = os.environ.get("SCHLOSS_OTHER_USER", ""), os.environ.get("SCHLOSS_OTHER_PASSWORD", "")
PREFIX = os.environ.get("SCHLOSS_PREFIX", "interop")
ROWS = 50
SECONDS = 30
TOO_LARGE = 2_000_000  # above the broker's message.max.bytes as it is by default
WRONG_PASSWORD = "this-is-not-the-password"


class Absent(Exception):
    """The client itself has no such ability."""


def topic_of(feature):
    return f"{PREFIX}-{feature}"


def key(i):
    return b"key-%d" % i


def value(i):
    """Compressible, different for each row, and with every byte somewhere."""
    return b"row %d " % i * 5 + bytes((i * 11 + j) % 256 for j in range(40))


def rows(count=ROWS):
    return [(key(i), value(i)) for i in range(count)]


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def check_equal(found, wanted, what):
    check(found == wanted, f"{what}: {found!r:.200} is not {wanted!r:.200}")


def check_refused(action, kinds, what):
    """action() raises one of these kinds, which says what was wrong; returns the exception."""
    try:
        result = action()
    except kinds as e:
        return e
    raise AssertionError(f"{what} was not refused but gave {result!r:.200}")


def until(step, what, seconds=SECONDS):
    """The first true value of step(), which waits by itself."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = step()
        if found:
            return found
    raise AssertionError(f"not within {seconds} s: {what}")


def in_one_line(error):
    return " ".join(f"{type(error).__name__}: {error}".split())[:400]


def chosen(features):
    """The ones named in SCHLOSS_FEATURES, or all."""
    names = os.environ.get("SCHLOSS_FEATURES", "").replace(",", " ").split()
    return {name: run for name, run in features.items() if not names or name in names}


def say(feature, outcome, reason=""):
    print(feature, outcome, reason, flush=True)


def report(version, features):
    """features: {name: function}. Prints the version and a line for each feature."""
    say("version", version)
    failed = False
    for name, run in chosen(features).items():
        try:
            run()
            say(name, "ok")
        except Absent as e:
            say(name, "absent", str(e))
        except Exception as e:  # pylint: disable=broad-except
            failed = True
            say(name, "failed", in_one_line(e))
    sys.exit(1 if failed else 0)


# -- the programs that log in once --

MECHANISM = os.environ.get("SCHLOSS_MECHANISM", "PLAIN")
IS_BY_CERTIFICATE = MECHANISM == "X509"
TOKEN = os.environ.get("SCHLOSS_TOKEN", "")
PRINCIPAL = os.environ.get("SCHLOSS_PRINCIPAL", "")
KEYTAB = os.environ.get("SCHLOSS_KEYTAB", "")
CERTIFICATE = os.environ.get("SCHLOSS_CERTIFICATE", ""), os.environ.get("SCHLOSS_KEY", "")
TOPIC = os.environ.get("SCHLOSS_TOPIC", "")
ROW = os.environ.get("SCHLOSS_ROW", "").encode()
LOGIN_SECONDS = 20


class Refused(Exception):
    """The broker did not let us in, and the client says so."""


class Heard(logging.Handler):
    """What a client tells its log alone: text() has it."""

    def __init__(self, *names):
        super().__init__()
        self.lines = []
        for name in names:
            logging.getLogger(name).addHandler(self)
            logging.getLogger(name).propagate = False

    def emit(self, record):
        self.lines.append(record.getMessage().strip())

    def text(self):
        return " ".join(self.lines)


def report_login(version, run):
    """run() produces one row and returns what it reads back. Prints the version and `login`."""
    say("version", version)
    try:
        check_equal(run(), ROW, "the row")
        say("login", "ok")
    except Absent as e:
        say("login", "absent", str(e))
    except Refused as e:
        say("login", "refused", " ".join(str(e).split())[:400])
    except Exception as e:  # pylint: disable=broad-except
        say("login", "failed", in_one_line(e))
