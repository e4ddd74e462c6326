"""Logging in by each mechanism with real clients, and what ends a login."""

import base64
import hashlib
import hmac
import json
import os
import struct
import time
import unittest

import raw
import schloss

try:
    import kafka
    import kafka.oauth
    TokenProvider = kafka.oauth.AbstractTokenProvider
except ImportError:
    kafka = None
    TokenProvider = object

ISSUER, AUDIENCE = "https://issuer.test", "schloss"
DENIED = 58


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Signs tokens with RS256; its public key stands in a file."""

    def __init__(self, broker, kid="one"):
        self.broker, self.kid = broker, kid
        self.key = broker.path(f"issuer.{kid}.key")
        schloss.run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt",
                    "rsa_keygen_bits:2048", "-out", self.key)
        said = schloss.run("openssl", "rsa", "-in", self.key, "-noout", "-modulus").stdout
        modulus = bytes.fromhex(said.strip().split("=")[1])
        self.jwk = {"kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig",
                    "n": b64url(modulus), "e": "AQAB"}
        broker.write("jwks.json", json.dumps({"keys": [self.jwk]}))

    def token(self, user, seconds=300, **more):
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": user, "iat": now, "exp": now + seconds}
        header = {"alg": "RS256", "kid": self.kid}
        text = ".".join(b64url(json.dumps(part).encode()) for part in (header, claims | more))
        self.broker.write(f"to-sign.{self.kid}", text)
        signature = self.broker.path(f"signature.{self.kid}")
        schloss.run("openssl", "dgst", "-sha256", "-sign", self.key, "-out", signature,
                    self.broker.path(f"to-sign.{self.kid}"))
        with open(signature, "rb") as f:
            return text + "." + b64url(f.read())


def make_broker(listeners=("SASL_SSL",), **settings):
    broker = schloss.Broker(listeners, settings=settings)
    for user in ("alice", "bob"):
        done = schloss.run(os.path.join(schloss.BIN, "schloss"), "user", "set-password", user,
                           "--generate", "--file", broker.path("users"), "--scram-file",
                           broker.path("scram"), "-o", "tsv", "--no-header")
        broker.secrets[user] = done.stdout.strip().split("\t")[2]
    broker.settings["schloss.scram.file"] = broker.path("scram")
    issuer = Issuer(broker)
    broker.settings |= {"schloss.oauthbearer.jwks.file": broker.path("jwks.json"),
                        "sasl.oauthbearer.expected.issuer": ISSUER,
                        "sasl.oauthbearer.expected.audience": AUDIENCE}
    broker.write_config()
    return broker, issuer


ALL = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER"


@unittest.skipIf(kafka is None, "python3-kafka is not installed")
class KafkaPython(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker, cls.issuer = make_broker(**{"sasl.enabled.mechanisms": ALL})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def produce_and_consume(self, topic, **login):
        """As alice, by these settings of the client."""
        self.broker.create_topic(topic)
        settings = self.broker.kafka_python("alice") | login
        producer = kafka.KafkaProducer(**settings)
        producer.send(topic, b"row").get(30)
        producer.close(10)
        consumer = kafka.KafkaConsumer(**settings)
        place = kafka.TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.seek_to_beginning(place)
        rows = []

        def read():
            rows.extend(r.value for batch in consumer.poll(200).values() for r in batch)
            return rows
        schloss.eventually(read, 30, "the row is read")
        consumer.close()
        self.assertEqual(rows, [b"row"])
        mechanism = login["sasl_mechanism"]
        self.broker.await_audit(rf'"outcome":"success".*"User:alice".*"mechanism":"{mechanism}"')

    def test_plain(self):
        self.produce_and_consume("plain", sasl_mechanism="PLAIN")

    def test_scram_sha_256(self):
        self.produce_and_consume("scram256", sasl_mechanism="SCRAM-SHA-256")

    def test_scram_sha_512(self):
        self.produce_and_consume("scram512", sasl_mechanism="SCRAM-SHA-512")

    def test_oauthbearer(self):
        issuer = self.issuer

        class Provider(TokenProvider):
            def token(self):
                return issuer.token("alice")
        self.produce_and_consume("oauth", sasl_mechanism="OAUTHBEARER",
                                 sasl_oauth_token_provider=Provider())


class Exchanges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker, cls.issuer = make_broker(
            ("SASL_SSL", "SASL_PLAINTEXT"), **{
                "sasl.enabled.mechanisms": ALL,
                "listener.name.sasl_plaintext.sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.sasl_plaintext.schloss.auth.scope.scram": "User:bob"})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def connect(self, mechanism, listener="SASL_SSL"):
        """From an address of its own: who is refused too often is not heard any more."""
        connection = raw.Connection(
            self.broker, listener, source=raw.fresh_address())
        self.addCleanup(connection.close)
        self.assertEqual(connection.handshake(mechanism)[0], raw.NONE)
        return connection

    @staticmethod
    def send(connection, token):
        """(error, what the server says) of one round."""
        answer = connection.ask(raw.SASL_AUTHENTICATE, 0, raw.blob(token))
        error, length = answer[:2], int.from_bytes(answer[2:4], "big", signed=True)
        at = 4 + max(length, 0)
        size = int.from_bytes(answer[at:at + 4], "big", signed=True)
        return int.from_bytes(error, "big", signed=True), answer[at + 4:at + 4 + max(size, 0)]

    def scram(self, connection, user, password, tamper=None, digest="sha512"):
        """A whole exchange: the error of its last round."""
        bare = f"n={user},r=clientnonce".encode()
        error, first = self.send(connection, b"n,," + bare)
        self.assertEqual(error, raw.NONE)
        fields = dict(f.split("=", 1) for f in first.decode().split(","))
        self.assertTrue(fields["r"].startswith("clientnonce"))
        nonce = fields["r"] if tamper is None else tamper(fields["r"])
        salted = hashlib.pbkdf2_hmac(digest, password.encode(), base64.b64decode(fields["s"]),
                                     int(fields["i"]))
        client = hmac.digest(salted, b"Client Key", digest)
        final = f"c=biws,r={nonce}".encode()
        said = bare + b"," + first + b"," + final
        signature = hmac.digest(hashlib.new(digest, client).digest(), said, digest)
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(client, signature)))
        error, last = self.send(connection, final + b",p=" + proof)
        if error == raw.NONE:
            server = hmac.digest(hmac.digest(salted, b"Server Key", digest), said, digest)
            self.assertEqual(last, b"v=" + base64.b64encode(server))
        return error

    def test_scram_proves_both_sides(self):
        for mechanism, digest in (("SCRAM-SHA-256", "sha256"), ("SCRAM-SHA-512", "sha512")):
            connection = self.connect(mechanism)
            password = self.broker.secrets["alice"]
            self.assertEqual(
                self.scram(connection, "alice", password, digest=digest), raw.NONE)
            connection.metadata()

    def test_a_wrong_password_and_an_unknown_user_look_the_same(self):
        for user in ("alice", "nobody"):
            self.assertEqual(
                self.scram(self.connect("SCRAM-SHA-512"), user, "wrong"), DENIED)
        salts = {self.send(self.connect("SCRAM-SHA-512"), b"n,,n=nobody,r=x")[1].split(b",")[1]
                 for _ in range(3)}
        self.assertEqual(len(salts), 1)

    def test_another_nonce_is_refused_though_the_proof_is_right(self):
        password = self.broker.secrets["alice"]
        for tamper in (lambda n: n + "x", lambda n: "clientnonce", lambda n: n[:-1]):
            self.assertEqual(self.scram(self.connect("SCRAM-SHA-512"), "alice", password,
                                        tamper), DENIED)

    def test_the_delay_of_a_refusal_holds_nobody_up(self):
        """A refusal is told 100 ms late: all of them at once, and not one after another."""
        crowd = [self.connect("SCRAM-SHA-512") for _ in range(40)]
        final = []
        for c in crowd:
            nonce = self.send(c, b"n,,n=nobody,r=x")[1].split(b",")[0]
            final.append(b"c=biws," + nonce + b",p=" + base64.b64encode(bytes(64)))
        began = time.monotonic()
        for c, last in zip(crowd, final):
            c.send(raw.request(raw.SASL_AUTHENTICATE, 0, 9, raw.blob(last)))
        for c in crowd:
            self.assertEqual(c.frame()[4:6], struct.pack(">h", DENIED))
        self.assertLess(time.monotonic() - began, len(crowd) * 0.1 / 2)

    def test_a_token_that_is_not_good_is_refused(self):
        good = self.issuer.token("alice")
        other = good[:-8] + ("A" if good[-8] != "A" else "B") + good[-7:]
        for token in (self.issuer.token("alice", -3600), other, "a.b.c",
                      self.issuer.token("alice", iss="https://another.test"),
                      self.issuer.token("alice", aud="another")):
            connection = self.connect("OAUTHBEARER")
            error, said = self.send(connection, b"n,,\1auth=Bearer " + token.encode() + b"\1\1")
            self.assertEqual((error, b"invalid_token" in said), (raw.NONE, True), token)
            self.assertEqual(self.send(connection, b"\1")[0], DENIED)

    def test_a_session_ends_with_its_token(self):
        connection = self.connect("OAUTHBEARER")
        token = self.issuer.token("alice", 6)
        error, _ = self.send(connection, b"n,,\1auth=Bearer " + token.encode() + b"\1\1")
        self.assertEqual(error, raw.NONE)
        connection.metadata()
        self.assertTrue(connection.is_closed(30))

    def test_a_listener_has_mechanisms_of_its_own(self):
        with raw.Connection(self.broker, "SASL_PLAINTEXT", source="127.0.8.200") as c:
            self.assertEqual(c.handshake("PLAIN"), (33, ["SCRAM-SHA-512"]))

    def test_a_plugin_names_nobody_outside_its_scope(self):
        password = self.broker.secrets
        self.assertEqual(self.scram(self.connect("SCRAM-SHA-512", "SASL_PLAINTEXT"), "bob",
                                    password["bob"]), raw.NONE)
        self.assertEqual(self.scram(self.connect("SCRAM-SHA-512", "SASL_PLAINTEXT"), "alice",
                                    password["alice"]), DENIED)
        self.broker.await_log("IPC021")

    def test_each_plugin_has_a_process_and_a_user_of_its_own(self):
        pids = self.broker.pids("auth")
        self.assertEqual(len(pids), 3)  # password, scram, oauthbearer
        if os.getuid() == 0:
            owners = {os.stat(f"/proc/{pid}").st_uid for pid in pids}
            status = [open(f"/proc/{pid}/status", encoding="ascii").read() for pid in pids]
            uids = {line for text in status for line in text.split("\n") if "Uid:" in line}
            self.assertEqual(len(uids), 3, owners)

    def test_a_plugin_that_dies_is_started_anew_and_others_do_not_notice(self):
        other = self.connect("PLAIN")
        self.assertEqual(other.authenticate(raw.plain("bob", self.broker.secrets["bob"])), 0)
        mark = self.broker.log_size()
        before = set(self.broker.pids("auth"))
        victim = next(pid for pid in before if any("/scram.so" in line for line in open(
            f"/proc/{pid}/maps", encoding="ascii", errors="replace")))
        os.kill(victim, 9)
        self.broker.await_log(r"auth-scram ended by signal 9", mark)
        schloss.eventually(lambda: len(self.broker.pids("auth")) == 3, 30, "there are three")
        self.assertEqual(len(before & set(self.broker.pids("auth"))), 2)
        other.metadata()

        def works():
            try:
                return self.scram(self.connect("SCRAM-SHA-512"), "alice",
                                  self.broker.secrets["alice"]) == raw.NONE
            except raw.Closed:
                return False
        schloss.eventually(works, 30, "SCRAM works again")


class Ends(unittest.TestCase):
    def test_who_is_disabled_or_removed_is_disconnected_and_nobody_else(self):
        broker, _ = make_broker(**{"sasl.enabled.mechanisms": "PLAIN"})
        self.addCleanup(broker.close)
        broker.start()
        alice, bob, mallory = (raw.Connection(broker).login(u)
                               for u in ("alice", "bob", "mallory"))
        for c in (alice, bob, mallory):
            self.addCleanup(c.close)
            c.metadata()
        tool = os.path.join(schloss.BIN, "schloss")
        schloss.run(tool, "user", "disable", "bob", "--file", broker.path("users"))
        schloss.run(tool, "user", "remove", "mallory", "--file", broker.path("users"))
        broker.hang_up()
        self.assertTrue(bob.is_closed(30))
        self.assertTrue(mallory.is_closed(30))
        alice.metadata()
        broker.await_audit("removed, disabled or expired while logged in")
        with raw.Connection(broker, source="127.0.0.9") as c:
            c.handshake()
            self.assertEqual(c.authenticate(raw.plain("bob", broker.secrets["bob"])), DENIED)

    def test_a_mechanism_that_no_plugin_has_is_refused_at_the_start(self):
        broker = schloss.Broker(settings={"sasl.enabled.mechanisms": "PLAIN,NTLM"})
        self.addCleanup(broker.close)
        status, said = broker.run_to_end()
        self.assertEqual(status, 78)
        self.assertRegex(said, r"needs NTLM, which no plugin .*PLG002")

    def test_two_plugins_for_one_mechanism_are_refused_at_the_start(self):
        broker = schloss.Broker(settings={"schloss.auth.plugins": "password,mine"})
        self.addCleanup(broker.close)
        broker.write("mine.manifest", "mechanisms=PLAIN\n")
        broker.settings["schloss.auth.plugin.dir"] = broker.dir
        broker.write_config()
        status, said = broker.run_to_end()
        self.assertEqual(status, 78)
        self.assertRegex(said, r"SASL_SSL has PLAIN of two plugins, password and mine.*PLG008")
        broker.settings["listener.name.sasl_ssl.schloss.auth.plugins"] = "password"
        broker.write_config()
        broker.start()

    def test_where_to_connect_is_refused_at_the_start_if_it_is_a_name(self):
        for address, said_of_it in (("ldap.example:636", "a name is not looked up"),
                                    ("127.0.0.1", "write ADDRESS:PORT")):
            broker = schloss.Broker(settings={
                "schloss.auth.plugins": "mine", "schloss.plugin.mine.address": address})
            self.addCleanup(broker.close)
            broker.write("mine.manifest", "mechanisms=PLAIN\ndial=schloss.plugin.mine.address\n")
            broker.settings["schloss.auth.plugin.dir"] = broker.dir
            broker.write_config()
            status, said = broker.run_to_end()
            self.assertEqual(status, 78)
            self.assertRegex(said, f"mine connects to: .*{said_of_it}.*PLG007")

    def test_a_plugin_that_is_not_there_is_refused_at_the_start(self):
        broker = schloss.Broker(settings={"schloss.auth.plugins": "password,mine"})
        self.addCleanup(broker.close)
        status, said = broker.run_to_end()
        self.assertEqual(status, 78)
        self.assertRegex(said, r"plugin mine is not there.*PLG001")

    def test_a_manifest_that_asks_for_too_much_or_for_nothing_is_refused_at_the_start(self):
        for key, code in (("ssl.key.location", "PLG006"), ("no.such.key", "PLG005")):
            broker = schloss.Broker(settings={"schloss.auth.plugins": "password,mine"})
            self.addCleanup(broker.close)
            broker.write("mine.manifest", f"mechanisms=MINE\nfile.x={key}\n")
            broker.settings["schloss.auth.plugin.dir"] = broker.dir
            broker.write_config()
            status, said = broker.run_to_end()
            self.assertEqual(status, 78)
            self.assertRegex(said, f"manifest of mine asks for .*{code}")


if __name__ == "__main__":
    unittest.main()
