"""interop - kcat against a running broker, feature by feature. See ../README.md.

It has no requests that create topics: the broker makes them when they are asked for. Rows are
lines of text, since kcat prints values as they are.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import contract  # noqa: E402  pylint: disable=wrong-import-position
from contract import SECONDS, check, check_equal, topic_of  # noqa: E402

ROWS = [(f"key-{i}", f"row {i} \u00e4\u20ac " * 5) for i in range(contract.ROWS)]


def properties(folder, user):
    """A file, since passwords do not belong on a command line."""
    path = os.path.join(folder, "properties")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as f:
        f.write(f"bootstrap.servers={contract.BOOTSTRAP}\nsecurity.protocol=SASL_SSL\n"
                f"ssl.ca.location={contract.CA}\nsasl.mechanisms=PLAIN\n"
                f"sasl.username={user[0]}\nsasl.password={user[1]}\n")
    return path


def kcat(*arguments, text="", user=contract.USER):
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            ["kcat", "-F", properties(folder, user), *arguments], input=text, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS, check=False)


def good(*arguments, **more):
    done = kcat(*arguments, **more)
    check_equal(done.returncode, 0, f"kcat {arguments[0]}: {done.stderr.strip()}: exit status")
    return done.stdout


def refused(reason, *arguments, **more):
    done = kcat(*arguments, **more)
    check(reason in done.stdout + done.stderr, f"{reason!r} is not in {done.stderr!r:.300}")


def produce(topic, rows, *more, **settings):
    text = "".join(f"{k}\t{v}\n" for k, v in rows)
    good("-P", "-t", topic, "-p", "0", "-K", "\t", *more, text=text, **settings)


def parsed(output):
    return [json.loads(line) for line in output.splitlines()]


def consume(topic, *more):
    return parsed(good("-C", "-t", topic, "-p", "0", "-q", "-J", *more))


def pairs(messages):
    return [(m["key"], m["payload"]) for m in messages]


def connect():
    listing = json.loads(good("-L", "-J"))
    check(listing["brokers"], "no broker in the metadata")


def not_there():
    raise contract.Absent("kcat has no such requests")


def codec(name):
    def run():
        produce(topic_of(name), ROWS, "-z", name)
        check_equal(pairs(consume(topic_of(name), "-o", "beginning", "-c", "50")), ROWS, "rows")
    return run


def acks(name):
    def run():
        topic = topic_of(f"acks{name}")
        produce(topic, ROWS, "-X", f"acks={name}")
        check_equal(pairs(consume(topic, "-o", "beginning", "-c", "50")), ROWS, "rows")
    return run


def offset():
    produce(topic_of("offset"), ROWS)
    found = consume(topic_of("offset"), "-o", "30", "-e")
    check_equal(pairs(found), ROWS[30:], "rows")
    check_equal([m["offset"] for m in found], list(range(30, 50)), "offsets")


def timestamp():
    """kcat can not choose timestamps, so the time between two halves is asked for."""
    topic = topic_of("timestamp")
    produce(topic, ROWS[:20])
    between = consume(topic, "-o", "beginning", "-e")[-1]["ts"] + 1
    while time.time() * 1000 < between + 1:
        pass
    produce(topic, ROWS[20:])
    check_equal(good("-Q", "-t", f"{topic}:0:{between}").split()[-1], "20", "offset")
    check_equal(pairs(consume(topic, "-o", f"s@{between}", "-e")), ROWS[20:], "rows")


def headers():
    topic = topic_of("headers")
    produce(topic, ROWS[:1], "-H", "text=abc", "-H", "empty=", "-H", "text=again")
    found = consume(topic, "-o", "beginning", "-e")[0]["headers"]
    check_equal(found, ["text", "abc", "empty", "", "text", "again"], "headers")


def tombstone():
    topic = topic_of("tombstone")
    produce(topic, [("k", ""), ("k", "v")], "-Z")
    produce(topic, [("k", "")])
    found = consume(topic, "-o", "beginning", "-e")
    check_equal(pairs(found), [("k", None), ("k", "v"), ("k", "")], "rows")


def group():
    topic = topic_of("group")
    produce(topic, ROWS)
    found = []
    for count in (20, 30):
        found += parsed(good("-G", topic, "-q", "-J", "-c", str(count),
                             "-X", "auto.offset.reset=earliest", topic))
    check_equal(pairs(found), ROWS, "rows of the two consumers")


def errors():
    topic = topic_of("errors")
    produce(topic, ROWS)
    denied = "Topic authorization failed"
    refused(denied, "-P", "-t", topic, "-p", "0", text="x\n", user=contract.OTHER)
    refused(denied, "-L", "-t", topic, user=contract.OTHER)
    refused("Group authorization failed", "-G", topic, "-c", "1", topic, user=contract.OTHER)

    place = ("-C", "-t", topic, "-p", "0", "-o", "1000", "-c", "50")
    refused("out of range", *place, "-X", "auto.offset.reset=error")
    check_equal(pairs(consume(topic, "-o", "1000", "-c", "50", "-X",
                              "auto.offset.reset=earliest")), ROWS, "rows after the reset")

    refused("Message size too large", "-P", "-t", topic, "-p", "0", "-X",
            "message.max.bytes=5000000", text="x" * contract.TOO_LARGE + "\n")
    refused("Authentication failed", "-L", "-m", "5",
            user=(contract.USER[0], contract.WRONG_PASSWORD))


def version():
    text = subprocess.run(["kcat", "-V"], stdout=subprocess.PIPE, encoding="utf-8",
                          check=False).stdout
    words = text.replace(",", " ").replace(")", " ").split()
    return (f"{words[words.index('Version') + 1]} "
            f"(librdkafka {words[words.index('librdkafka') + 1]})")


contract.report(version(), {
    "connect": connect, "admin": not_there, "configs": not_there,
    **{name: codec(name) for name in ("none", "gzip", "snappy", "lz4", "zstd")},
    **{f"acks{name}": acks(name) for name in ("0", "1", "all")},
    "offset": offset, "timestamp": timestamp, "headers": headers, "tombstone": tombstone,
    "group": group, "errors": errors})
