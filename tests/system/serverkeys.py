"""The server's key and certificates: policies of TLS, what is refused, warnings of the end, and
another kind of key under traffic."""

import contextlib
import os
import re
import shutil
import socket
import ssl
import unittest

import kafka
import kafka.admin
import raw
import schloss

CONFIG = 78
EC = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
USUAL = "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"


def issue(broker, key=EC, days=("-days", "30"), extensions=USUAL, digest="-sha256"):
    """Another pair in place of the broker's, signed by its CA."""
    path = broker.path
    schloss.run("openssl", "genpkey", *key, "-out", path("tls/new.key"))
    os.chmod(path("tls/new.key"), 0o600)
    broker.write("tls/new.cnf", extensions + "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    schloss.run("openssl", "req", "-new", "-key", path("tls/new.key"), "-subj", "/CN=server",
                "-out", path("tls/new.csr"))
    schloss.run("openssl", "x509", "-req", digest, *days, "-in", path("tls/new.csr"),
                "-CA", path("tls/ca.pem"), "-CAkey", path("tls/ca.key"), "-set_serial", "77",
                "-extfile", path("tls/new.cnf"), "-out", path("tls/new.pem"))
    for name in ("pem", "key"):
        os.rename(path(f"tls/new.{name}"), path(f"tls/broker.{name}"))


def connect(broker, listener, version=None, ciphers=None):
    """The version and suite of a connection to that listener."""
    context = ssl.create_default_context(cafile=broker.path("tls/ca.pem"))
    if version is not None:
        context.minimum_version = version
        context.maximum_version = version
    if ciphers is not None:
        context.set_ciphers(ciphers)
    with socket.create_connection(("127.0.0.1", broker.ports[listener]), 10) as s:
        with context.wrap_socket(s, server_hostname="127.0.0.1") as tls:
            return tls.version(), tls.cipher()[0]


class Policies(unittest.TestCase):
    """Each listener has its own."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL", "SSL"), settings={
            "schloss.anonymous.principal.SSL": "User:guest",
            "listener.name.ssl.schloss.tls.policy": "intermediate"})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def test_modern_is_what_a_listener_has_by_itself(self):
        self.assertEqual(connect(self.broker, "SASL_SSL")[0], "TLSv1.3")
        with self.assertRaises((ssl.SSLError, OSError)):
            connect(self.broker, "SASL_SSL", ssl.TLSVersion.TLSv1_2)

    def test_intermediate_speaks_tls_1_2_with_aead_alone(self):
        tls12 = ssl.TLSVersion.TLSv1_2
        self.assertEqual(connect(self.broker, "SSL")[0], "TLSv1.3")
        self.assertEqual(connect(self.broker, "SSL", tls12)[0], "TLSv1.2")
        self.assertEqual(connect(self.broker, "SSL", tls12, "ECDHE+CHACHA20")[1],
                         "ECDHE-ECDSA-CHACHA20-POLY1305")
        with self.assertRaises((ssl.SSLError, OSError)):
            connect(self.broker, "SSL", tls12, "ECDHE-ECDSA-AES128-SHA256")

    def test_the_policies_are_printed(self):
        done = schloss.run(os.path.join(schloss.BIN, "schlossd"), "--tls-policies")
        for word in ("modern: ", "intermediate: ", "fips: ", "X25519"):
            self.assertIn(word, done.stdout)


class Checks(unittest.TestCase):
    """What a server must not be started with: which file, what was found, what to do."""

    def setUp(self):
        self.broker = schloss.Broker(("SASL_SSL",))
        self.addCleanup(self.broker.close)

    def assert_refused(self, *expressions):
        status, log = self.broker.run_to_end()
        self.assertEqual(status, CONFIG, log)
        for expression in expressions:
            self.assertRegex(log, expression)
        self.assertNotIn("listening:", log)

    def test_certificates_that_are_for_something_else(self):
        pem = re.escape(self.broker.path("tls/broker.pem"))
        issue(self.broker, extensions="extendedKeyUsage=clientAuth\n")
        self.assert_refused(pem + r": .*lacks serverAuth: have it issued again")
        issue(self.broker, extensions="basicConstraints=critical,CA:TRUE\n")
        self.assert_refused(pem + r": .*is one of a CA \(CA:TRUE\)")
        issue(self.broker, digest="-sha1")
        self.assert_refused(pem + r": .*weak digest \(SHA1\): have it issued again")

    def test_keys_that_are_not_taken(self):
        key = re.escape(self.broker.path("tls/broker.key"))
        issue(self.broker, key=("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"))
        self.assert_refused(key + r": the RSA key has 1024 bits")
        issue(self.broker, key=("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp224r1"))
        self.assert_refused(key + r": this kind of key is not taken \(EC secp224r1\)")
        issue(self.broker)
        schloss.run("openssl", "pkey", "-in", self.broker.path("tls/broker.key"), "-aes256",
                    "-passout", "pass:secret", "-out", self.broker.path("tls/new.key"))
        os.chmod(self.broker.path("tls/new.key"), 0o600)
        os.rename(self.broker.path("tls/new.key"), self.broker.path("tls/broker.key"))
        self.assert_refused(key + r": the private key is encrypted", r"openssl pkey -in")

    def test_fips_without_its_provider(self):
        self.broker.settings["schloss.fips"] = "required"
        self.broker.write_config()
        self.assert_refused(r"offers PLAIN.*switches it off \[CONF046\]")
        self.broker.settings["sasl.enabled.mechanisms"] = "SCRAM-SHA-256"
        self.broker.settings["schloss.scram.file"] = self.broker.path("scram")
        self.broker.write("scram", "")
        os.chmod(self.broker.path("scram"), 0o600)
        self.broker.write_config()
        if os.path.exists("/usr/lib/ssl/fipsmodule.cnf"):
            self.skipTest("there is a FIPS provider")
        self.assert_refused(r"no usable FIPS provider: install .*openssl fipsinstall")

    def test_a_key_that_the_policy_has_no_signature_for(self):
        issue(self.broker, key=("-algorithm", "ED25519"))
        self.broker.settings["schloss.tls.policy"] = "fips"
        self.broker.write_config()
        self.assert_refused(r"schloss\.tls\.policy=fips.*no signature.*\[KEY019\]")


def has_fips_provider():
    directory = schloss.run("openssl", "version", "-d").stdout.split('"')[1]
    return os.path.exists(os.path.join(directory, "fipsmodule.cnf"))


@unittest.skipUnless(has_fips_provider(), "no FIPS provider is installed: Debian 12 has none")
class Fips(unittest.TestCase):
    """With OpenSSL's FIPS provider."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL",), settings={
            "schloss.fips": "required", "sasl.enabled.mechanisms": "SCRAM-SHA-256"})
        cls.addClassCleanup(cls.broker.close)
        path = cls.broker.path
        done = schloss.run(os.path.join(schloss.BIN, "schloss"), "user", "set-password",
                           "alice", "--generate", "--file", path("users"), "--scram-file",
                           path("scram"), "-o", "tsv")
        cls.broker.secrets["alice"] = re.search(r"^alice\tchanged\t(\S+)$", done.stdout,
                                                re.MULTILINE).group(1)
        cls.broker.settings["schloss.scram.file"] = path("scram")
        cls.broker.write_config()
        cls.broker.start()

    def client(self, **more):
        settings = {"sasl_mechanism": "SCRAM-SHA-256", "api_version_auto_timeout_ms": 20000}
        return kafka.KafkaAdminClient(
            **self.broker.kafka_python("alice", **settings, **more))

    def test_who_has_the_password_is_let_in_and_nobody_else(self):
        with contextlib.closing(self.client()) as client:
            client.create_topics([kafka.admin.NewTopic("room", 1, 1)])
            self.assertEqual(client.list_topics(), ["room"])
        with self.assertRaises(kafka.errors.KafkaError):
            self.client(sasl_plain_password="another")

    def test_both_versions_of_tls_are_spoken(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.assertIn("AES", connect(self.broker, "SASL_SSL", version)[1])

    def test_the_audit_is_signed_with_ecdsa(self):
        self.broker.hang_up()
        self.broker.await_audit(r'"event":"reload"')
        self.assertIn('"algorithm":"ecdsa-p256"', self.broker.audit())
        copy = self.broker.path("copy")
        shutil.copytree(self.broker.path("audit"), copy)
        verify = [os.path.join(schloss.BIN, "schloss"), "audit", "verify", copy]
        schloss.run(*verify)
        with open(os.path.join(copy, "audit.log"), "r+b") as f:
            at = f.read().index(b'"event":"process"')
            f.seek(at + 9)
            f.write(b"P")
        schloss.run(*verify, status=1)


class Ends(unittest.TestCase):
    """The log says in time that a certificate comes to its end, at each start and reload."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL",))
        cls.addClassCleanup(cls.broker.close)
        issue(cls.broker, days=("-days", "5"))
        cls.broker.start()

    def test_the_end_is_said_at_the_start_and_at_each_reload(self):
        said = r"warning: the server's certificate ends in less than 7 days.*" \
               r"subject=\"/CN=server\" days=[45] .*\[KEY014\]"
        self.assertEqual(len(re.findall(said, self.broker.log())), 1, self.broker.log())
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(r"the certificate is in force", mark, seconds=60)
        self.assertEqual(len(re.findall(said, self.broker.log())), 2)
        mark = self.broker.log_size()
        issue(self.broker, days=("-days", "1"))
        self.broker.hang_up()
        self.broker.await_log(r"error: .*ends in less than a day.*\[KEY015\]", mark, seconds=60)
        mark = self.broker.log_size()
        issue(self.broker, days=("-days", "20"))
        self.broker.hang_up()
        self.broker.await_log(r"info: .*ends in less than 30 days.*\[KEY013\]", mark, seconds=60)


class Rotation(unittest.TestCase):
    """Another kind of key, while clients are connected."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL",))
        cls.addClassCleanup(cls.broker.close)
        issue(cls.broker, key=RSA)
        cls.broker.start()
        cls.broker.create_topic("room", 1)

    def key_type(self):
        """Of the certificate that a new connection is shown."""
        pem = ssl.get_server_certificate(("127.0.0.1", self.broker.ports["SASL_SSL"]))
        self.broker.write("tls/shown.pem", pem)
        text = schloss.run("openssl", "x509", "-noout", "-text", "-in",
                           self.broker.path("tls/shown.pem")).stdout
        return re.search(r"Public Key Algorithm: (\S+)", text).group(1)

    def reload(self, expression):
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(expression, mark, seconds=60)

    def test_rsa_becomes_ecdsa_and_no_connection_is_dropped(self):
        client = raw.Connection(self.broker).login("alice")
        self.addCleanup(client.close)
        fresh = []

        def use():
            client.metadata("room")
            with raw.Connection(self.broker) as c:
                fresh.append(c.login("alice").metadata("room") is not None)
        self.assertEqual(self.key_type(), "rsaEncryption")
        with schloss.Traffic(use) as traffic:
            for key, name in ((EC, "id-ecPublicKey"), (RSA, "rsaEncryption"),
                              (EC, "id-ecPublicKey")):
                issue(self.broker, key=key)
                self.reload(r"the certificate is in force")
                self.assertEqual(self.key_type(), name)
            issue(self.broker, key=RSA, extensions="extendedKeyUsage=clientAuth\n")
            self.reload(r"certificate and key is refused.*stays in force|"
                        r"certificate and key is refused .*the one in force stays")
            self.assertEqual(self.key_type(), "id-ecPublicKey")
        self.assertGreater(traffic.count, 3)
        self.assertTrue(all(fresh))


if __name__ == "__main__":
    unittest.main()
