"""slapd - a directory of one's own on loopback: OpenLDAP's server with TLS.

Its files are in a directory that is removed at the end. It wants Debian's slapd.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile

import schloss

PROGRAM = "/usr/sbin/slapd"
SCHEMA = "/etc/ldap/schema"
MODULES = "/usr/lib/ldap"
BASE = "dc=corp,dc=test"
READER = f"cn=reader,{BASE}"
LOCKED = "locked"


def missing():
    """Why there can be none; empty: there can."""
    for path in (PROGRAM, SCHEMA + "/inetorgperson.schema", MODULES + "/back_mdb.so",
                 MODULES + "/ppolicy.so", MODULES + "/memberof.so"):
        if not os.path.exists(path):
            return f"slapd is not installed whole: no {path}"
    return "" if shutil.which("openssl") else "openssl is not installed"


class Directory:
    """passwords: of users below ou=people; twins: names that two entries have; groups: the
    values of memberOf, by user."""

    def __init__(self, passwords, twins=(), groups=None):
        self.dir = tempfile.mkdtemp(prefix="schloss-slapd-")
        self.passwords = {"reader of users": "the reader's own"} | passwords
        self.twins = twins
        self.groups = groups or {}
        self.process = None
        self.ldaps, self.plain = schloss.free_ports(2)
        try:
            os.mkdir(self.path("db"))
            self.make_certificates("directory.corp.test")
            self.write("slapd.conf", self.configuration())
            self.write("all.ldif", self.entries())
            schloss.run("slapadd", "-f", self.path("slapd.conf"), "-l", self.path("all.ldif"))
        except BaseException:
            shutil.rmtree(self.dir, ignore_errors=True)
            raise

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), 0o600)
        return self.path(name)

    def make_certificates(self, name, authority="ca"):
        """One authority, and a certificate of it for that name."""
        def openssl(*arguments):
            schloss.run("openssl", *arguments)
        at = self.path
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        if not os.path.exists(at(authority + ".pem")):
            openssl("req", "-x509", *key, "-days", "2", "-subj", f"/CN={authority}",
                    "-keyout", at(authority + ".key"), "-out", at(authority + ".pem"))
        openssl("req", *key, "-subj", "/CN=slapd", "-keyout", at("slapd.key"),
                "-out", at("slapd.csr"))
        self.write("slapd.ext", f"subjectAltName=DNS:{name}\n")
        openssl("x509", "-req", "-in", at("slapd.csr"), "-CA", at(authority + ".pem"),
                "-CAkey", at(authority + ".key"), "-CAcreateserial", "-days", "2",
                "-extfile", at("slapd.ext"), "-out", at("slapd.pem"))

    def configuration(self):
        return "\n".join([
            *(f"include {SCHEMA}/{name}.schema" for name in ("core", "cosine", "inetorgperson")),
            f"modulepath {MODULES}", "moduleload back_mdb", "moduleload ppolicy",
            "moduleload memberof",
            f"pidfile {self.path('pid')}",
            f"TLSCACertificateFile {self.path('ca.pem')}",
            f"TLSCertificateFile {self.path('slapd.pem')}",
            f"TLSCertificateKeyFile {self.path('slapd.key')}",
            "disallow bind_anon", "require authc",
            "security simple_bind=128",
            'access to dn.base="" by * read',
            "access to attrs=userPassword by anonymous auth by * none",
            f'access to * by dn.exact="{READER}" read by self read by * none',
            "database mdb", f"suffix {BASE}", f"directory {self.path('db')}",
            "maxsize 10485760",
            "overlay ppolicy", f"ppolicy_default cn=policy,{BASE}", "ppolicy_use_lockout", ""])

    def entries(self):
        def entry(dn, *lines):
            return f"dn: {dn}\n" + "\n".join(lines) + "\n\n"
        text = entry(BASE, "objectClass: dcObject", "objectClass: organization", "dc: corp",
                     "o: Corp")
        text += entry(READER, "objectClass: organizationalRole", "objectClass: simpleSecurityObject",
                      "cn: reader", f"userPassword: {self.passwords['reader of users']}")
        text += entry(f"cn=policy,{BASE}", "objectClass: organizationalRole",
                      "objectClass: pwdPolicy", "cn: policy", "pwdAttribute: userPassword",
                      "pwdLockout: TRUE", "pwdMaxFailure: 0")
        for unit in ("people", "others"):
            text += entry(f"ou={unit},{BASE}", "objectClass: organizationalUnit", f"ou: {unit}")
        for name, password in self.passwords.items():
            if name == "reader of users":
                continue
            for unit in ("people", "others") if name in self.twins else ("people",):
                lines = ["objectClass: inetOrgPerson", f"uid: {name}", f"cn: {name}",
                         f"sn: {name}", f"userPassword: {password}"]
                if name == LOCKED:
                    lines.append("pwdAccountLockedTime: 000001010000Z")
                lines += [f"memberOf: {group}" for group in self.groups.get(name, ())]
                text += entry(f"uid={name},ou={unit},{BASE}", *lines)
        return text

    def start(self, plain_at_ldaps=False):
        """plain_at_ldaps: without TLS where clients begin with it."""
        urls = (f"ldap://127.0.0.1:{self.ldaps}" if plain_at_ldaps else
                f"ldaps://127.0.0.1:{self.ldaps} ldap://127.0.0.1:{self.plain}")
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "-f", self.path("slapd.conf"), "-h", urls, "-d", "0"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        schloss.eventually(self.is_up, 30, "slapd listens")
        return self

    def is_up(self):
        if self.process.poll() is not None:
            with open(self.path("log"), encoding="utf-8", errors="replace") as f:
                raise schloss.Failure(f"slapd ended: {f.read()[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", self.ldaps), 1).close()
            return True
        except OSError:
            return False

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)
                self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
            self.process = None

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
