"""Certificates and revocation lists renewed by SIGHUP, many times, while clients work.

SCHLOSS_ROTATIONS says how often (100).
"""

import hashlib
import os
import ssl
import struct
import time
import unittest

import batch
import certificates
import hostile
import raw
import schloss

ROTATIONS = int(os.environ.get("SCHLOSS_ROTATIONS", "100"))
TAKEN = ("the certificate", "the policy", "auth-password", "auth-x509")
SERIALS = {"alice": 0x1000, "erin": 0x1001, "frank": 0x1002}
CA_CONFIG = """[ca]
default_ca = clients
[clients]
database = {index}
default_md = sha256
default_crl_days = 2
"""


class Rotation(unittest.TestCase):
    """Two server certificates, RSA and ECDSA, and two lists, each of which revokes another client."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL", "SSL"), settings={
            "listener.name.ssl.ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:^CN=([a-z]+),O=Schloss$/$1/"})
        cls.addClassCleanup(cls.broker.close)
        settings = cls.broker.settings
        settings["ssl.truststore.location"] = certificates.make_ca(cls.broker)
        cls.clients = {name: certificates.sign(cls.broker, name, *certificates.EC,
                                               serial=hex(serial))
                       for name, serial in SERIALS.items()}
        cls.pairs = [cls.make_pair("rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
                     cls.make_pair("ecdsa", "-algorithm", "EC", "-pkeyopt",
                                   "ec_paramgen_curve:P-256")]
        cls.lists = [cls.make_list("erin"), cls.make_list("frank")]
        settings["ssl.client.crl.location"] = cls.broker.write("crl", cls.lists[0])
        cls.broker.write_config()
        cls.broker.start()
        cls.broker.create_topic("room")

    # -- files --

    @classmethod
    def make_pair(cls, name, *key):
        """The texts of a server certificate, signed by the test's CA, and of its key."""
        broker = cls.broker
        files = {kind: broker.path(f"{name}.{kind}") for kind in ("key", "csr", "pem")}
        extensions = broker.write("extensions", "extendedKeyUsage=serverAuth\n"
                                  "subjectAltName=IP:127.0.0.1\n")
        schloss.run("openssl", "genpkey", *key, "-out", files["key"])
        schloss.run("openssl", "req", "-new", "-key", files["key"], "-subj", f"/CN={name}",
                    "-out", files["csr"])
        schloss.run("openssl", "x509", "-req", "-in", files["csr"], "-days", "2",
                    "-CA", broker.path("tls/ca.pem"), "-CAkey", broker.path("tls/ca.key"),
                    "-set_serial", hex(int.from_bytes(os.urandom(8), "big")),
                    "-extfile", extensions, "-out", files["pem"])
        return broker.read(f"{name}.pem"), broker.read(f"{name}.key")

    @classmethod
    def make_list(cls, revoked):
        """A revocation list with that client alone, as text."""
        broker = cls.broker
        row = f"R\t400101000000Z\t250101000000Z\t{SERIALS[revoked]:X}\tunknown\t/CN={revoked}\n"
        index = broker.write("index", row)
        broker.write("index.attr", "unique_subject = no\n")
        config = broker.write("ca.cnf", CA_CONFIG.format(index=index))
        schloss.run("openssl", "ca", "-gencrl", "-config", config,
                    "-cert", broker.path("clients.pem"), "-keyfile", broker.path("clients.key"),
                    "-out", broker.path("list.pem"))
        return broker.read("list.pem")

    # -- clients --

    def is_let_in(self, name):
        try:
            with certificates.connect(self.broker, "SSL", certificate=self.clients[name]) as c:
                c.api_versions()
                return True
        except raw.Closed:
            return False

    def log_in(self):
        """A new connection to either listener, to its first answer."""
        with raw.Connection(self.broker) as c:
            c.login("alice")
            c.metadata("room")
        with raw.Connection(self.broker, "SSL", certificate=self.clients["alice"]) as c:
            c.metadata("room")

    def produce(self, connection):
        answer = connection.ask(raw.PRODUCE, 7, hostile.produce_body(
            "room", batch.batch(b"one record")))
        error = struct.unpack(">h", answer[4 + 2 + 4 + 4 + 4:][:2])[0]
        self.assertEqual(error, raw.NONE)

    def shown(self):
        """The fingerprint of the certificate that a new connection gets."""
        with raw.Connection(self.broker) as c:
            return hashlib.sha256(c.socket.getpeercert(True)).hexdigest()

    # -- rounds --

    def rotate(self, n):
        certificate, key = self.pairs[n % 2]
        self.broker.write("tls/broker.key", key)
        self.broker.write("tls/broker.pem", certificate)
        self.broker.write("crl", self.lists[n % 2])
        mark = self.broker.log_size()
        self.broker.hang_up()
        for part in TAKEN:
            self.broker.await_log(f"reload: {part} is in force", mark, seconds=60)

    def check(self, n):
        certificate = ssl.PEM_cert_to_DER_cert(self.pairs[n % 2][0])
        revoked, other = (("erin", "frank"), ("frank", "erin"))[n % 2]
        self.assertEqual(self.shown(), hashlib.sha256(certificate).hexdigest())
        self.assertFalse(self.is_let_in(revoked))
        self.assertTrue(self.is_let_in(other))

    def test_nobody_is_dropped_and_the_newest_files_are_in_force(self):
        by_password = raw.Connection(self.broker).login("alice")
        self.addCleanup(by_password.close)
        by_certificate = raw.Connection(self.broker, "SSL", certificate=self.clients["alice"])
        self.addCleanup(by_certificate.close)
        started = time.monotonic()
        with schloss.Traffic(lambda: self.produce(by_password)) as first, \
                schloss.Traffic(lambda: self.produce(by_certificate)) as second, \
                schloss.Traffic(self.log_in) as logins:
            for n in range(1, ROTATIONS + 1):
                self.rotate(n)
                self.check(n)
        print(f"{ROTATIONS} rotations in {time.monotonic() - started:.1f} s: "
              f"{first.count} and {second.count} requests, {2 * logins.count} logins",
              flush=True)
        for traffic in (first, second, logins):
            self.assertGreater(traffic.count, 0)
        audit = self.broker.audit()
        self.assertNotIn("no signature for this handshake", audit)
        self.assertNotIn("went away", audit)


if __name__ == "__main__":
    unittest.main()
