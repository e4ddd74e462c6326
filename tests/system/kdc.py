"""kdc - a Kerberos realm of one's own, for a test: MIT's KDC on a free port of 127.0.0.1.

Everything is in one folder: configuration, database, keytabs, credential caches. Nothing of
the machine's own Kerberos is read or written.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile

import schloss

REALM = "EXAMPLE.TEST"
START_SECONDS = 20
PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit", "kvno")
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
KRB5_CONF = """[libdefaults]
    default_realm = {realm}
    dns_lookup_realm = false
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    rdns = false
    udp_preference_limit = 1
[realms]
    {realm} = {{
        kdc = 127.0.0.1:{port}
    }}
[domain_realm]
    localhost = {realm}
"""
KDC_CONF = """[kdcdefaults]
    kdc_listen = 127.0.0.1:{port}
    kdc_tcp_listen = 127.0.0.1:{port}
[realms]
    {realm} = {{
        database_name = {folder}/principal
        key_stash_file = {folder}/stash
        acl_file = {folder}/acl
        max_life = 1d
    }}
[logging]
    kdc = FILE:{folder}/kdc.log
"""


def missing():
    """The programs that a realm needs and this machine does not have."""
    return [p for p in PROGRAMS if shutil.which(p, path=PATH) is None]


class Kdc:
    """A realm, running. Use it in a `with`, or call stop()."""

    def __init__(self, realm=REALM):
        self.realm = realm
        self.folder = tempfile.mkdtemp(prefix="kdc-")
        self.port = schloss.free_ports(1)[0]
        self.conf = self.path("krb5.conf")
        self.process = None
        self._write("krb5.conf", KRB5_CONF)
        self._write("kdc.conf", KDC_CONF)
        try:
            self.run("kdb5_util", "create", "-s", "-r", realm, "-P", "master")
            self._start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write(text.format(realm=self.realm, port=self.port, folder=self.folder))

    def environment(self, cache="none", **more):
        """For a client; cache names a credential cache of this realm."""
        return {"PATH": PATH, "KRB5_CONFIG": self.conf,
                "KRB5_KDC_PROFILE": self.path("kdc.conf"),
                "KRB5CCNAME": "FILE:" + self.path("cc-" + cache), **more}

    def run(self, *arguments, text=None, **environment):
        done = subprocess.run(
            [str(a) for a in arguments], input=text, env=self.environment(**environment),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=60)
        if done.returncode != 0:
            raise schloss.Failure(f"{arguments}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    def _answers(self):
        if self.process.poll() is not None:
            with open(self.path("out"), encoding="utf-8", errors="replace") as f:
                raise schloss.Failure("the KDC ended: " + f.read())
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def _start(self):
        with open(self.path("out"), "wb") as out:
            self.process = subprocess.Popen(
                ["krb5kdc", "-n", "-P", self.path("pid")], env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        schloss.eventually(self._answers, START_SECONDS, "the KDC listens")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def kadmin(self, query):
        return self.run("kadmin.local", "-r", self.realm, "-q", query)

    def add(self, principal, password=None):
        """A principal with this password, or with a random key."""
        key = "-randkey" if password is None else f"-pw {password}"
        self.kadmin(f"addprinc {key} {principal}")

    def keytab(self, name, *principals, enctypes=None):
        """Adds keys, as they are, to a keytab of this folder, and returns its path."""
        path = self.path(name + ".keytab")
        types = "" if enctypes is None else f"-e {enctypes} "
        for principal in principals:
            self.kadmin(f"ktadd {'' if enctypes else '-norandkey '}{types}-k {path} {principal}")
        return path

    def kinit(self, principal, password, *options, cache=None):
        """A ticket in the cache of that name; returns the name."""
        cache = cache or principal
        self.run("kinit", *options, principal, text=password + "\n", cache=cache)
        return cache
