"""SCRAM credentials that are set over the network: good for logins, and for nobody else."""

import base64
import hashlib
import hmac
import os
import struct
import unittest

import raw
import schloss

DESCRIBE, ALTER = 50, 51
SHA_256, SHA_512 = 1, 2
NAMES = {SHA_256: ("SCRAM-SHA-256", "sha256"), SHA_512: ("SCRAM-SHA-512", "sha512")}
DENIED = raw.SASL_AUTHENTICATION_FAILED
RESOURCE_NOT_FOUND, DUPLICATE_RESOURCE, UNACCEPTABLE = 91, 92, 93
SALT = b"a salt of no secret"


def varint(n):
    out = b""
    while n > 0x7f:
        out, n = out + bytes([n & 0x7f | 0x80]), n >> 7
    return out + bytes([n])


def compact(data):
    data = data if isinstance(data, bytes) else data.encode()
    return varint(len(data) + 1) + data


def array(rows):
    return varint(len(rows) + 1) + b"".join(row + b"\0" for row in rows)


def salted(password, mechanism=SHA_512, iterations=4096, salt=SALT):
    return hashlib.pbkdf2_hmac(NAMES[mechanism][1], password.encode(), salt, iterations)


def keys_of(password, mechanism=SHA_512):
    """(salted password, client key, stored key, server key)."""
    digest = NAMES[mechanism][1]
    base = salted(password, mechanism)
    client = hmac.digest(base, b"Client Key", digest)
    return (base, client, hashlib.new(digest, client).digest(),
            hmac.digest(base, b"Server Key", digest))


def upsert(name, password, mechanism=SHA_512, iterations=4096, salt=SALT, base=None):
    base = salted(password, mechanism, iterations, salt or b"x") if base is None else base
    return (compact(name) + struct.pack(">bi", mechanism, iterations) + compact(salt)
            + compact(base))


def delete(name, mechanism=SHA_512):
    return compact(name) + struct.pack(">b", mechanism)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, n):
        return int.from_bytes(self.take(n), "big", signed=True)

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def text(self):
        length = self.varint() - 1
        return None if length < 0 else self.take(length).decode()

    def rows(self, row):
        found = []
        for _ in range(self.varint() - 1):
            found.append(row(self))
            self.take(1)
        return found


class Wire(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(settings={
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"})
        cls.addClassCleanup(cls.broker.close)
        done = schloss.run(os.path.join(schloss.BIN, "schloss"), "user", "set-password",
                           "alice", "--generate", "--file", cls.broker.path("users"),
                           "--scram-file", cls.broker.path("scram"), "-o", "tsv",
                           "--no-header")
        cls.broker.secrets["alice"] = done.stdout.strip().split("\t")[2]
        cls.broker.settings["schloss.scram.file"] = cls.broker.path("scram")
        cls.broker.write_config()
        cls.broker.start()

    def connect(self):
        """From an address of its own: who is refused too often is not heard any more."""
        connection = raw.Connection(self.broker, source=raw.fresh_address())
        self.addCleanup(connection.close)
        return connection

    def admin(self, user="alice"):
        return self.connect().login(user)

    @staticmethod
    def ask(connection, api, body):
        """A flexible version: the answer behind its header."""
        connection.correlation += 1
        connection.send(raw.blob(
            raw.header(api, 0, connection.correlation) + b"\0" + body))
        r = Reader(connection.frame())
        assert r.number(4) == connection.correlation
        r.take(1 + 4)  # no tags; how long to wait
        return r

    def alter(self, connection, sets=(), deletes=(), tail=b""):
        """{user: error}."""
        r = self.ask(connection, ALTER, array(deletes) + array(sets) + b"\0" + tail)
        return {name: error for name, error, _ in r.rows(
            lambda r: (r.text(), r.number(2), r.text()))}

    def describe(self, connection, *names):
        """(error, {user: (error, [(mechanism, iterations)])})."""
        r = self.ask(connection, DESCRIBE, array([compact(n) for n in names]) + b"\0")
        error = r.number(2)
        r.text()
        rows = r.rows(lambda r: (r.text(), r.number(2), r.text(), r.rows(
            lambda r: (r.number(1), r.number(4)))))
        return error, {name: (code, infos) for name, code, _, infos in rows}

    @staticmethod
    def send(connection, token):
        """(error, what the server says) of one round."""
        answer = connection.ask(raw.SASL_AUTHENTICATE, 0, raw.blob(token))
        error, length = struct.unpack(">hh", answer[:4])
        at = 4 + max(length, 0)
        size = struct.unpack(">i", answer[at:at + 4])[0]
        return error, answer[at + 4:at + 4 + max(size, 0)]

    def login(self, user, password, mechanism=SHA_512):
        """(error, the connection)."""
        name, digest = NAMES[mechanism]
        connection = self.connect()
        self.assertEqual(connection.handshake(name)[0], raw.NONE)
        bare = f"n={user},r=clientnonce".encode()
        error, first = self.send(connection, b"n,," + bare)
        self.assertEqual(error, raw.NONE)
        fields = dict(f.split("=", 1) for f in first.decode().split(","))
        base = hashlib.pbkdf2_hmac(digest, password.encode(),
                                   base64.b64decode(fields["s"]), int(fields["i"]))
        client = hmac.digest(base, b"Client Key", digest)
        final = f"c=biws,r={fields['r']}".encode()
        said = bare + b"," + first + b"," + final
        signature = hmac.digest(hashlib.new(digest, client).digest(), said, digest)
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(client, signature)))
        error, last = self.send(connection, final + b",p=" + proof)
        if error == raw.NONE:
            server = hmac.digest(hmac.digest(base, b"Server Key", digest), said, digest)
            self.assertEqual(last, b"v=" + base64.b64encode(server))
        return error, connection

    def works(self, user, password, mechanism=SHA_512):
        """Logs in, or will soon: a process that was just started anew."""
        def is_in():
            try:
                return self.login(user, password, mechanism)[0] == raw.NONE
            except (raw.Closed, ConnectionError):
                return False
        schloss.eventually(is_in, 30, f"{user} logs in")

    def test_what_is_set_is_good_at_once_and_what_is_deleted_no_more(self):
        admin = self.admin()
        self.assertEqual(self.login("zoe", "secret")[0], DENIED)
        self.assertEqual(self.alter(admin, [upsert("zoe", "secret")]), {"zoe": 0})
        error, zoe = self.login("zoe", "secret")
        self.assertEqual(error, raw.NONE)
        zoe.metadata()
        self.assertEqual(self.login("zoe", "wrong")[0], DENIED)
        self.assertEqual(self.login("zoe", "secret", SHA_256)[0], DENIED)
        self.assertEqual(self.alter(admin, [upsert("zoe", "other", iterations=8192)]),
                         {"zoe": 0})
        self.assertEqual(self.login("zoe", "secret")[0], DENIED)
        self.assertEqual(self.login("zoe", "other")[0], raw.NONE)
        zoe.metadata()  # who still has a credential stays
        self.assertEqual(self.describe(admin, "zoe"), (0, {"zoe": (0, [(SHA_512, 8192)])}))
        self.assertEqual(self.alter(admin, deletes=[delete("zoe")]), {"zoe": 0})
        self.assertTrue(zoe.is_closed(30))
        self.assertEqual(self.login("zoe", "other")[0], DENIED)
        self.assertEqual(self.describe(admin, "zoe")[1]["zoe"][0], RESOURCE_NOT_FOUND)
        for deed in ("set", "delete"):
            self.broker.await_audit(rf'"User:alice".*"{deed}-credential".*"SCRAM-SHA-512".*"zoe"')

    def test_both_mechanisms_at_once_and_a_deletion_of_one(self):
        admin = self.admin()
        self.assertEqual(self.alter(admin, [upsert("yves", "secret", SHA_256),
                                            upsert("yves", "secret", SHA_512)]), {"yves": 0})
        error, yves = self.login("yves", "secret", SHA_256)
        self.assertEqual(error, raw.NONE)
        self.works("yves", "secret")
        # As librdkafka sends it: with one byte too many.
        self.assertEqual(self.alter(admin, deletes=[delete("yves", SHA_256)], tail=b"\0"),
                         {"yves": 0})
        self.assertEqual(self.login("yves", "secret", SHA_256)[0], DENIED)
        yves.metadata()
        error, everybody = self.describe(admin)
        self.assertEqual((error, everybody["yves"]), (0, (0, [(SHA_512, 4096)])))

    def test_it_is_there_after_deaths_of_one_and_of_all_and_after_a_reload(self):
        self.assertEqual(self.alter(self.admin(), [upsert("kim", "secret")]), {"kim": 0})
        mark = self.broker.log_size()
        victim = next(pid for pid in self.broker.pids("auth") if any(
            "/scram.so" in line for line in open(f"/proc/{pid}/maps", encoding="ascii",
                                                 errors="replace")))
        os.kill(victim, 9)
        self.broker.await_log(r"auth-scram ended by signal 9", mark)
        self.works("kim", "secret")
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(r"reload: auth-scram is in force", mark)
        error, kim = self.login("kim", "secret")
        self.assertEqual(error, raw.NONE)
        kim.metadata()
        self.broker.kill()
        self.broker.start()
        self.assertEqual(self.login("kim", "secret")[0], raw.NONE)
        self.assertEqual(self.login("kim", "wrong")[0], DENIED)
        self.assertEqual(self.describe(self.admin(), "kim")[1], {"kim": (0, [(SHA_512, 4096)])})

    @staticmethod
    def holds(pid, secrets):
        """Whether one of them is in the process's memory."""
        with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as f:
            maps = [line.split() for line in f]
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                start, end = (int(x, 16) for x in line[0].split("-"))
                if not line[1].startswith("r") or line[-1] in ("[vvar]", "[vsyscall]"):
                    continue
                try:
                    memory.seek(start)
                    piece = memory.read(end - start)
                except OSError:
                    continue
                if any(secret in piece for secret in secrets):
                    return True
        return False

    def test_nobody_but_the_plugin_holds_what_logs_in(self):
        self.assertEqual(self.alter(self.admin(), [upsert("rea", "her secret")]), {"rea": 0})
        secrets = keys_of("her secret")
        self.assertEqual(self.login("rea", "her secret")[0], raw.NONE)
        forms = [f(s) for s in secrets
                 for f in (bytes, base64.b64encode, lambda s: s.hex().encode())]
        names = 0
        for folder, _, files in os.walk(self.broker.path("data")):
            for name in files:
                with open(os.path.join(folder, name), "rb") as f:
                    data = f.read()
                names += b"\x04rea" in data
                self.assertFalse(any(form in data for form in forms), name)
        self.assertGreater(names, 0)  # this looks where her record is
        for text in (self.broker.log(), self.broker.audit()):
            self.assertFalse(any(form.decode() in text for form in forms[1::3] + forms[2::3]))
        if os.getuid() != 0:
            self.skipTest("the memory of processes is looked into by root")
        for role in ("broker", "store", "audit", "porter", "keys"):
            for pid in self.broker.pids(role):
                self.assertFalse(self.holds(pid, secrets), role)
        self.assertEqual(
            [self.holds(pid, secrets[2:3]) for pid in self.broker.pids("auth")].count(True), 1)

    def test_what_is_wrong_is_refused_and_changes_nothing(self):
        admin = self.admin()
        for row, code in (
                (upsert("", "secret"), UNACCEPTABLE),
                (upsert("a:b", "secret"), UNACCEPTABLE),
                (upsert("n" * 256, "secret"), UNACCEPTABLE),
                (upsert("wim", "secret", iterations=4095), UNACCEPTABLE),
                (upsert("wim", "secret", iterations=16385), UNACCEPTABLE),
                (upsert("wim", "secret", salt=b""), UNACCEPTABLE),
                (upsert("wim", "secret", salt=b"7 bytes"), UNACCEPTABLE),
                (upsert("wim", "secret", salt=b"s" * 65), UNACCEPTABLE),
                (upsert("wim", "secret", base=b""), UNACCEPTABLE),
                (upsert("wim", "secret", base=b"p" * 32), UNACCEPTABLE),
                (upsert("wim", "secret", 0, base=b"p" * 64), raw.UNSUPPORTED_MECHANISM),
                (upsert("wim", "secret", 3, base=b"p" * 64), raw.UNSUPPORTED_MECHANISM),
                (upsert("wim", "secret", -1, base=b"p" * 64), raw.UNSUPPORTED_MECHANISM)):
            self.assertEqual(list(self.alter(admin, [row]).values()), [code], row)
        for change in ({"sets": [upsert("wim", "secret")] * 2},
                       {"sets": [upsert("wim", "secret")], "deletes": [delete("wim")]}):
            self.assertEqual(self.alter(admin, **change), {"wim": DUPLICATE_RESOURCE})
        self.assertEqual(self.alter(admin, deletes=[delete("wim")]),
                         {"wim": RESOURCE_NOT_FOUND})
        # As a whole or not at all; and one user's fault is not another's.
        self.assertEqual(self.alter(admin, [
            upsert("wim", "secret"), upsert("wim", "secret", SHA_256, 100),
            upsert("will", "secret")]), {"wim": UNACCEPTABLE, "will": 0})
        self.assertEqual(self.describe(admin, "wim")[1]["wim"][0], RESOURCE_NOT_FOUND)
        self.assertEqual(self.login("will", "secret")[0], raw.NONE)

    def test_a_user_of_the_file_is_changed_there_alone(self):
        self.assertEqual(self.alter(self.admin(), [upsert("alice", "mine")]),
                         {"alice": UNACCEPTABLE})
        self.assertEqual(self.login("alice", "mine")[0], DENIED)
        self.assertEqual(self.login("alice", self.broker.secrets["alice"])[0], raw.NONE)

    def test_the_file_counts_alone_from_the_moment_that_it_names_the_user(self):
        self.assertEqual(self.alter(self.admin(), [upsert("olga", "secret", SHA_256)]),
                         {"olga": 0})
        error, olga = self.login("olga", "secret", SHA_256)
        self.assertEqual(error, raw.NONE)
        line = next(x for x in self.broker.read("scram").split("\n")
                    if x.startswith("alice:SCRAM-SHA-512"))
        before = self.broker.read("scram")
        self.broker.write("scram", before + line.replace("alice", "olga", 1) + ":disabled\n")
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(r"reload: auth-scram is in force", mark)
        self.assertTrue(olga.is_closed(30))
        self.assertEqual(self.login("olga", "secret", SHA_256)[0], DENIED)
        self.broker.write("scram", before)
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(r"reload: auth-scram is in force", mark)
        self.works("olga", "secret", SHA_256)

    def test_who_may_not_hears_nothing_and_changes_nothing(self):
        bob = self.admin("bob")
        self.assertEqual(self.alter(bob, [upsert("bob", "mine")]), {"bob": raw.CLUSTER_DENIED})
        self.assertEqual(self.login("bob", "mine")[0], DENIED)
        error, rows = self.describe(bob, "zoe")
        self.assertEqual((error, list(rows)), (raw.CLUSTER_DENIED, [""]))


    def test_more_changes_than_there_may_be_end_that_connection_alone(self):
        bystander = self.admin()
        for change in ({"sets": [upsert("max", "x", base=b"p" * 64)] * 10001},
                       {"deletes": [delete("max")] * 10001}):
            with self.assertRaises(raw.Closed):
                self.alter(self.admin(), **change)
        self.assertEqual(self.alter(bystander, [upsert("max", "x", base=b"p" * 64)] * 10000),
                         {"max": DUPLICATE_RESOURCE})
        bystander.metadata()


class Lasting(unittest.TestCase):
    def test_without_a_lasting_key_nothing_is_taken_and_the_answer_says_why(self):
        broker = schloss.Broker(settings={
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512"})
        self.addCleanup(broker.close)
        broker.write("scram", "")
        broker.settings["schloss.scram.file"] = broker.path("scram")
        broker.write_config()
        broker.start()
        wire = Wire()
        self.addCleanup(wire.doCleanups)
        wire.broker = broker
        admin = wire.admin()
        self.assertEqual(wire.alter(admin, [upsert("zoe", "secret")]),
                         {"zoe": raw.UNSUPPORTED_MECHANISM})
        self.assertEqual(wire.alter(admin, [upsert("zoe", "secret", SHA_256)]),
                         {"zoe": raw.UNSUPPORTED_MECHANISM})

    def test_with_another_key_the_log_says_so_and_nobody_logs_in(self):
        broker = schloss.Broker(settings={
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512"})
        self.addCleanup(broker.close)
        broker.write("scram", "")
        broker.write("phantom", "k" * 32)
        broker.settings |= {"schloss.scram.file": broker.path("scram"),
                            "schloss.scram.phantom.key.file": broker.path("phantom")}
        broker.write_config()
        broker.start()
        wire = Wire()
        self.addCleanup(wire.doCleanups)
        wire.broker = broker
        self.assertEqual(wire.alter(wire.admin(), [upsert("zoe", "secret")]), {"zoe": 0})
        self.assertEqual(wire.login("zoe", "secret")[0], raw.NONE)
        broker.write("phantom", "l" * 32)
        mark = broker.log_size()
        broker.hang_up()
        broker.await_log("SCR025", mark)
        self.assertEqual(wire.login("zoe", "secret")[0], DENIED)
        self.assertEqual(wire.alter(wire.admin(), [upsert("zoe", "again")]), {"zoe": 0})
        self.assertEqual(wire.login("zoe", "again")[0], raw.NONE)


if __name__ == "__main__":
    unittest.main()
