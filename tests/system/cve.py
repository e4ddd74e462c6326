"""What went wrong in others that do the same work, tried on this broker: a test for each fault
that is known by a number and that a client could reach. Those of a program's inside (a comparison
that takes longer the more is right) are shown by the programs in bench.
"""

import base64
import hashlib
import hmac
import json
import os
import struct
import time
import unittest

import certificates
import mechanisms
import raw
import schloss

INCREMENTAL_ALTER_CONFIGS, DESCRIBE_CONFIGS = 44, 32
TOPIC, BROKER = 2, 4
INVALID_CONFIG, INVALID_REQUEST, CLUSTER_DENIED = 40, 42, 31
CANARY = "canary-of-a-file-of-the-server"


class Family(unittest.TestCase):
    """One broker with every mechanism that needs no KDC."""


    @classmethod
    def setUpClass(cls):
        cls.broker, cls.issuer = mechanisms.make_broker(
            ("SASL_SSL", "SASL_PLAINTEXT"), **{"sasl.enabled.mechanisms": mechanisms.ALL})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def connect(self, mechanism=None, listener="SASL_SSL"):
        c = raw.Connection(self.broker, listener, source=raw.fresh_address())
        self.addCleanup(c.close)
        if mechanism is not None:
            self.assertEqual(c.handshake(mechanism)[0], raw.NONE)
        return c

    # -- who one is --

    def test_cve_2017_12610_plain_is_who_proved_it_and_not_who_was_asked_for(self):
        c = self.connect("PLAIN")
        token = raw.plain("alice", self.broker.secrets["alice"], authzid="bob")
        self.assertEqual(c.authenticate(token), raw.SASL_AUTHENTICATION_FAILED)

    def scram_again(self, said):
        """The last message of a login that was recorded, in a new one with the same beginning."""
        c = self.connect("SCRAM-SHA-512")
        error, first = mechanisms.Exchanges.send(c, b"n,,n=alice,r=recorded")
        self.assertEqual(error, raw.NONE)
        self.assertNotEqual(first, said["first"])  # the server's nonce is another
        return mechanisms.Exchanges.send(c, said["final"])[0]

    def test_cve_2024_56128_the_last_message_of_scram_has_the_nonce_of_this_login(self):
        c = self.connect("SCRAM-SHA-512")
        bare = b"n=alice,r=recorded"
        _, first = mechanisms.Exchanges.send(c, b"n,," + bare)
        fields = dict(f.split("=", 1) for f in first.decode().split(","))
        salted = hashlib.pbkdf2_hmac("sha512", self.broker.secrets["alice"].encode(),
                                     base64.b64decode(fields["s"]), int(fields["i"]))
        client = hmac.digest(salted, b"Client Key", "sha512")
        final = f"c=biws,r={fields['r']}".encode()
        signature = hmac.digest(hashlib.sha512(client).digest(),
                                bare + b"," + first + b"," + final, "sha512")
        final += b",p=" + base64.b64encode(bytes(a ^ b for a, b in zip(client, signature)))
        said = {"first": first, "final": final}
        self.assertEqual(self.scram_again(said), raw.SASL_AUTHENTICATION_FAILED)
        # ... which was good where it belonged.
        self.assertEqual(mechanisms.Exchanges.send(c, final)[0], raw.NONE)
        self.assertEqual(self.scram_again(said), raw.SASL_AUTHENTICATION_FAILED)

    def bearer(self, header, sign):
        now = int(time.time())
        claims = {"iss": mechanisms.ISSUER, "aud": mechanisms.AUDIENCE, "sub": "alice",
                  "iat": now, "exp": now + 300}
        text = ".".join(mechanisms.b64url(json.dumps(p).encode()) for p in (header, claims))
        c = self.connect("OAUTHBEARER")
        error, said = mechanisms.Exchanges.send(
            c, b"n,,\1auth=Bearer " + f"{text}.{sign(text.encode())}".encode() + b"\1\1")
        return error == raw.NONE and said == b""

    def rs256(self, text):
        path = self.broker.path("cve-text")
        with open(path, "wb") as f:
            f.write(text)
        schloss.run("openssl", "dgst", "-sha256", "-sign", self.issuer.key, "-out",
                    path + ".sig", path)
        with open(path + ".sig", "rb") as f:
            return mechanisms.b64url(f.read())

    def with_public_key(self, text):
        """HS256 with what everybody knows as the secret."""
        pem = schloss.run("openssl", "rsa", "-in", self.issuer.key, "-pubout").stdout
        return mechanisms.b64url(hmac.digest(pem.encode(), text, "sha256"))

    def test_ghsa_g2pf_6v5v_qcc8_without_a_key_id_or_a_signature_nothing_is_believed(self):
        good = {"alg": "RS256", "kid": "one"}
        self.assertTrue(self.bearer(good, self.rs256))  # so that the others fail for their reason
        self.assertFalse(self.bearer({"alg": "RS256"}, self.rs256))
        self.assertFalse(self.bearer({"alg": "RS256", "kid": ""}, self.rs256))
        self.assertFalse(self.bearer({"alg": "RS256", "kid": None}, self.rs256))
        self.assertFalse(self.bearer({"alg": "none", "kid": "one"}, lambda text: ""))
        self.assertFalse(self.bearer({"alg": "none"}, lambda text: ""))
        self.assertFalse(self.bearer({"alg": "HS256", "kid": "one"}, self.with_public_key))
        self.assertFalse(self.bearer(good, lambda text: ""))

    # -- what a client can make the server do --

    def test_cve_2025_27817_and_27818_a_client_names_no_file_and_no_address(self):
        path = self.broker.write("canary", CANARY)
        for more in ({"jku": f"file://{path}"}, {"x5u": "https://127.0.0.1:1/keys"},
                     {"jwk": {"kty": "oct", "k": "AA"}}, {"x5c": ["AA"]}):
            forged = {"alg": "RS256", "kid": "two"} | more
            self.assertFalse(self.bearer(forged, self.rs256), more)
        for kid in (path, "../../../../dev/null", "one\0", "one' or '1'='1", "o" * 4096):
            self.assertFalse(self.bearer({"alg": "RS256", "kid": kid}, self.rs256), kid)
        self.assertNotIn(CANARY, self.broker.log() + self.broker.audit())

    def alter(self, kind, name, key, value):
        """The error of IncrementalAlterConfigs v0, by somebody who may do everything."""
        body = (struct.pack(">ib", 1, kind) + raw.string(name) + struct.pack(">i", 1)
                + raw.string(key) + b"\0" + raw.string(value) + b"\0")
        answer = self.connect().login().ask(INCREMENTAL_ALTER_CONFIGS, 0, body)
        return struct.unpack(">h", answer[8:10])[0]

    def test_cve_2023_25194_a_client_sets_no_way_to_log_in(self):
        module = "com.sun.security.auth.module.JndiLoginModule required;"
        self.broker.create_topic("room")
        for kind, name in ((BROKER, "1"), (BROKER, ""), (TOPIC, "room")):
            for key in ("sasl.jaas.config", "listener.name.sasl_ssl.plain.sasl.jaas.config",
                        "sasl.oauthbearer.jwks.endpoint.url", "schloss.plugin.scram.file",
                        "ssl.keystore.location", "config.providers"):
                with self.subTest(kind=kind, key=key):
                    self.assertIn(self.alter(kind, name, key, module),
                                  (INVALID_CONFIG, INVALID_REQUEST, CLUSTER_DENIED))

    def test_cve_2024_31141_what_a_client_writes_is_not_looked_up(self):
        self.broker.create_topic("looked")
        path = self.broker.write("canary", f"x={CANARY}\n")
        for value in (f"${{file:{path}:x}}", "${env:PATH}", "${directory:/etc:passwd}"):
            self.assertEqual(self.alter(TOPIC, "looked", "retention.ms", value), INVALID_CONFIG)
        self.assertNotIn(CANARY, self.broker.log() + self.broker.audit())

    def test_cve_2022_34917_who_did_not_log_in_can_ask_for_little_memory(self):
        pids = self.broker.shared_pids()
        before = {r: schloss.resident_bytes(p[0]) for r, p in pids.items() if p}
        for listener in ("SASL_SSL", "SASL_PLAINTEXT"):
            for size in (100 << 20, 1 << 20, (64 << 10) + 1):  # OAUTHBEARER is on: 64 KiB
                c = self.connect(listener=listener)
                c.send(struct.pack(">i", size))
                self.assertTrue(c.is_closed(), size)
                # ... nor by a token that says how long it is
                c = self.connect("PLAIN", listener)
                c.send(raw.request(raw.SASL_AUTHENTICATE, 0, 9, struct.pack(">i", size)))
                self.assertTrue(c.is_closed(), size)
        self.assertEqual(self.broker.shared_pids(), pids)
        for role, memory in before.items():
            self.assertLess(schloss.resident_bytes(pids[role][0]) - memory, 16 << 20, role)


class Alone(unittest.TestCase):
    """Faults of a start or of a reload: each with a broker of its own."""

    def test_kafka_14115_no_password_of_the_configuration_is_in_a_log(self):
        secret = "hunter2-is-not-for-logs"
        for key in ("ssl.key.password", "ssl.keystore.password", "ssl.truststore.password",
                    "sasl.jaas.config", "schloss.plugin.absent.secret", "schloss.plugin.password.secret", "no.such.key"):
            broker = schloss.Broker(settings={key: secret})
            self.addCleanup(broker.close)
            status, said = broker.run_to_end()
            self.assertEqual(status, 78, key)
            self.assertIn(key, said)
            self.assertNotIn(secret, said)

    def make_lists(self, broker):
        """An empty revocation list of the clients' CA, as a file."""
        folder = broker.path("ca")
        os.makedirs(folder, exist_ok=True)
        for name, text in (("index.txt", ""), ("crlnumber", "01\n")):
            broker.write(os.path.join("ca", name), text)
        config = broker.write("ca/config", "[ca]\ndefault_ca=d\n[d]\ndatabase="
                              f"{folder}/index.txt\ncrlnumber={folder}/crlnumber\n"
                              "default_md=sha256\ndefault_crl_days=2\n")
        schloss.run("openssl", "ca", "-config", config, "-gencrl", "-cert",
                    broker.path("clients.pem"), "-keyfile", broker.path("clients.key"),
                    "-out", broker.path("crl"))

    def test_redpanda_an_invalid_revocation_list_keeps_the_last_good_one(self):
        broker = schloss.Broker(("SSL",), settings={
            "ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:^CN=([a-z0-9]+),O=Schloss$/$1/,DEFAULT"})
        self.addCleanup(broker.close)
        broker.settings["ssl.truststore.location"] = certificates.make_ca(broker)
        self.make_lists(broker)
        broker.settings["ssl.client.crl.location"] = broker.path("crl")
        broker.write_config()
        alice = certificates.sign(broker, "alice", *certificates.EC)
        broker.start()
        kept = certificates.connect(broker, "SSL", certificate=alice)
        self.addCleanup(kept.close)
        kept.metadata()
        for spoilt in ("", "no list", broker.read("crl")[:200]):
            mark = broker.log_size()
            broker.write("crl", spoilt)
            broker.hang_up()
            broker.await_log("auth-x509 is refused.*stays", mark, seconds=60)
            kept.metadata()
            with certificates.connect(broker, "SSL", certificate=alice) as c:
                c.metadata()
