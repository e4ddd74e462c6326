"""Client certificates: who is asked for one, who is let in by one, and as whom."""

import ssl
import unittest

import raw
import schloss


EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def make_certificate(broker, name, *key):
    """Signed by itself; (certificate, key)."""
    files = broker.path(f"{name}.pem"), broker.path(f"{name}.key")
    schloss.run("openssl", "req", "-x509", "-newkey", *key, "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
                "-addext", "basicConstraints=critical,CA:FALSE",
                "-out", files[0], "-keyout", files[1])
    return files


def sign(broker, name, *key, serial="1000", usage="clientAuth", days="2", digest="sha256",
         subject=None):
    """Signed by the test's own CA for clients; (certificate, key)."""
    files = broker.path(f"{name}.pem"), broker.path(f"{name}.key")
    request = broker.path(f"{name}.csr")
    schloss.run("openssl", "req", "-new", "-newkey", *key, "-nodes", "-subj",
                subject or f"/O=Schloss/CN={name}", "-out", request, "-keyout", files[1])
    extensions = broker.write("extensions", f"extendedKeyUsage={usage}\n"
                              f"subjectAltName=URI:spiffe://schloss.test/{name}\n")
    schloss.run("openssl", "x509", "-req", "-in", request, "-CA", broker.path("clients.pem"),
                "-CAkey", broker.path("clients.key"), "-set_serial", serial, "-days", days,
                "-" + digest,
                "-extfile", extensions, "-out", files[0])
    return files




def connect(*args, **more):
    """From an address of its own: who is refused too often is not heard any more."""
    return raw.Connection(*args, source=raw.fresh_address(), **more)


def make_ca(broker):
    schloss.run("openssl", "req", "-x509", "-newkey", *EC, "-nodes", "-days", "2",
                "-subj", "/CN=clients", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                "-out", broker.path("clients.pem"), "-keyout", broker.path("clients.key"))
    return broker.path("clients.pem")


class Named(unittest.TestCase):
    """Who shows a good certificate is who it says, and nobody else."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SSL", "SASL_SSL"), settings={
            "ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:^CN=([a-z0-9]+),O=Schloss$/$1/,DEFAULT",
            "schloss.auth.scope.x509": "User:*;!User:boss"})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.settings["ssl.truststore.location"] = make_ca(cls.broker)
        cls.broker.settings["ssl.client.deny.location"] = cls.broker.write("deny", "* 0BAD\n")
        cls.broker.write_config()
        cls.broker.start()

    def is_let_in(self, certificate):
        try:
            with connect(self.broker, "SSL", certificate=certificate) as c:
                c.api_versions()
                return True
        except raw.Closed:
            return False

    def test_each_kind_of_key(self):
        for name, key in (("rsa", ("rsa:2048",)), ("ecdsa", EC), ("ed", ("ed25519",))):
            self.assertTrue(self.is_let_in(sign(self.broker, name, *key)), name)
            self.broker.await_audit(
                rf'"event":"authentication","outcome":"success".*"principal":"User:{name}"')

    def test_a_name_outside_the_scope_is_refused(self):
        self.assertFalse(self.is_let_in(sign(self.broker, "boss", *EC)))
        self.broker.await_log("IPC021")

    def test_bad_ones(self):
        for name, more in {"server": {"usage": "serverAuth"}, "old": {"days": "-1"},
                           "sha1": {"digest": "sha1"}, "denied": {"serial": "0x0BAD"}}.items():
            self.assertFalse(self.is_let_in(sign(self.broker, name, *EC, **more)), name)
        self.assertFalse(self.is_let_in(make_certificate(self.broker, "stranger", *EC)))

    def test_a_name_is_what_it_is_and_not_what_it_looks_like(self):
        for subject in ("/O=Schloss/CN=alice,O=Schloss", "/O=x/CN=alice\nO=Schloss",
                        "/CN=alice\\,O=Schloss", "/O=Schloss/CN=alice/CN=carl",
                        "/O=Schloss/CN=alice\u202e", "/CN=O=Schloss\\+CN=alice"):
            self.is_let_in(sign(self.broker, "odd", *EC, subject=subject))
        self.assertNotRegex(self.broker.audit(), '"principal":"User:alice"')

    def test_both_are_needed_beside_sasl(self):
        good = sign(self.broker, "carol", *EC)
        with connect(self.broker, "SASL_SSL", certificate=good) as c:
            c.login("alice")  # who it is says SASL
            c.metadata()
        with connect(self.broker, "SASL_SSL", certificate=good) as c:
            with self.assertRaises(raw.Closed):
                c.metadata()

    def test_a_certificate_that_is_revoked_is_refused_after_a_reload(self):
        good = sign(self.broker, "dave", *EC, serial="0x0D0D")
        self.assertTrue(self.is_let_in(good))
        mark = self.broker.log_size()
        self.broker.write("deny", "* 0BAD\n* 0D0D\n")
        self.broker.hang_up()
        self.broker.await_log("auth-x509 is in force", mark, seconds=60)
        self.assertFalse(self.is_let_in(good))


class Asked(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SSL", "SASL_SSL"), settings={
            "ssl.client.auth": "requested",
            "listener.name.sasl_ssl.ssl.client.auth": "required",
            "schloss.anonymous.principal.SSL": "User:anon"})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.settings["ssl.truststore.location"] = make_ca(cls.broker)
        cls.broker.write_config()
        cls.broker.start()
        cls.certificate = make_certificate(
            cls.broker, "alice", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")

    def test_without_a_certificate_everybody_is_anonymous_where_that_is_allowed(self):
        with connect(self.broker, "SSL") as c:
            self.assertIn(raw.METADATA, c.api_versions())
            c.metadata()

    def test_a_certificate_that_nobody_vouches_for_ends_the_connection(self):
        with connect(self.broker, "SSL", certificate=self.certificate) as c:
            with self.assertRaises(raw.Closed):
                c.api_versions()
        self.broker.await_audit(r'"outcome":"failure".*"mechanism":"X509"')

    def test_one_is_required_beside_sasl(self):
        with self.assertRaisesRegex(raw.Closed, "(?i)certificate.required"):
            with connect(self.broker, "SASL_SSL") as c:
                c.receive(1)

    def test_a_password_does_not_make_up_for_a_bad_one(self):
        with connect(self.broker, "SASL_SSL", certificate=self.certificate) as c:
            with self.assertRaises(raw.Closed):
                c.login()

    def test_tls_1_2_is_off(self):
        with self.assertRaises(raw.Closed):
            connect(self.broker, "SSL", version=ssl.TLSVersion.TLSv1_2)

    def test_a_reload_does_not_change_who_is_asked(self):
        before = self.broker.settings["listener.name.sasl_ssl.ssl.client.auth"]
        mark = self.broker.log_size()
        try:
            self.broker.settings["listener.name.sasl_ssl.ssl.client.auth"] = "none"
            self.broker.write_config()
            self.broker.hang_up()
            self.broker.await_log("REL003", mark)
        finally:
            self.broker.settings["listener.name.sasl_ssl.ssl.client.auth"] = before
            self.broker.write_config()

    def test_a_new_key_is_heard_of_too(self):
        mark = self.broker.log_size()
        self.broker.make_certificates(anew=True)
        self.broker.hang_up()
        self.broker.await_log("the certificate is in force", mark, seconds=60)
        with connect(self.broker, "SSL", certificate=self.certificate) as c:
            with self.assertRaises(raw.Closed):
                c.api_versions()
        self.assertNotIn("no signature for this handshake", self.broker.audit())


class Refused(unittest.TestCase):
    def test_a_key_whose_signatures_repeat(self):
        broker = schloss.Broker(("SASL_SSL",), settings={"ssl.client.auth": "required"})
        self.addCleanup(broker.close)
        broker.settings["ssl.certificate.location"], broker.settings["ssl.key.location"] = (
            make_certificate(broker, "server", "ed25519"))
        broker.write_config()
        status, said = broker.run_to_end()
        self.assertEqual(status, 78)
        self.assertRegex(said, r"can not be Ed25519.*KEY012")


if __name__ == "__main__":
    unittest.main()
