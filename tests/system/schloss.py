"""schloss - a broker of one's own, for a test: directory, certificates, users, start, end.

Only what Python 3 itself brings. The raw protocol is in raw.py.
"""

import contextlib
import errno
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("SCHLOSS_BIN", os.path.join(HOME, "build/release/bin"))
START_SECONDS = 60
STOP_SECONDS = 60
SHARED = ("porter", "keys", "auth", "broker", "store", "audit")
POLICY = """policy 1
allow alice to all topic * group * txn * cluster
allow bob to consume topic * group *
allow anon to produce topic *
allow anon to consume topic * group *
"""


class Failure(AssertionError):
    """What went wrong with the broker, with the end of its log."""


def eventually(condition, seconds, what):
    """Returns the first true value of condition(); fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def free_ports(count):
    """Below the ports that the kernel gives to clients: no client of a broker that is just
    down can be given its port."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        end = int(f.read().split()[0])
    sockets = []
    while len(sockets) < count:
        try:
            sockets.append(socket.create_server(
                ("127.0.0.1", random.randrange(10000, max(end, 20000)))))
        except OSError as e:
            if e.errno != errno.EADDRINUSE:
                raise
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def run(*arguments, text=None, status=0, timeout=120):
    done = subprocess.run(
        [str(a) for a in arguments], input=text, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8", errors="replace", timeout=timeout)
    if status is not None and done.returncode != status:
        raise Failure(f"{arguments}: exit {done.returncode}, not {status}\n"
                      f"{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(p) for p in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child] + descendants(child)
    return found


def state_of(pid):
    """As proc(5) has it; X for a process that is not there."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def program_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return os.path.basename(f.read().split(b"\0")[0].decode(errors="replace"))
    except (FileNotFoundError, ProcessLookupError):
        return ""


def resident_bytes(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


class Broker:
    """One schlossd with everything it needs in a directory that is removed at the end.

    listeners: names of protocols, each on a free port of 127.0.0.1.
    settings: further lines of schloss.properties, as a dict.
    """

    def __init__(self, listeners=("SASL_SSL",), users=("alice", "bob", "mallory"),
                 policy=POLICY, settings=None):
        self.dir = tempfile.mkdtemp(prefix="schloss-test-")
        self.ports = dict(zip(listeners, free_ports(len(listeners))))
        self.settings = dict(settings or {})
        self.secrets = {}
        self.process = None
        self.wrapper = []
        self.log_mark = 0
        try:
            self.make_certificates()
            for user in users:
                self.add_user(user)
            self.write("main.policy", policy)
            self.write_config()
        except BaseException:
            shutil.rmtree(self.dir, ignore_errors=True)
            raise

    # -- files --

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text, mode=0o600):
        """Replaces the file at once, as an editor does."""
        path = self.path(name)
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path + ".new", mode)
        os.rename(path + ".new", path)
        return path

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as f:
            return f.read()

    def make_certificates(self, anew=False):
        if anew:
            for name in ("broker.pem", "broker.key"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.path("tls", name))
        run(os.path.join(HOME, "certs/make-dev-ca"), self.path("tls"))

    def add_user(self, name):
        done = run(os.path.join(BIN, "schloss"), "user", "add", name, "--generate",
                   "--file", self.path("users"), "-o", "tsv", "--no-header")
        self.secrets[name] = done.stdout.strip().split("\t")[2]

    def config_lines(self):
        lines = {
            "node.id": "1",
            "listeners": ",".join(f"{n}://127.0.0.1:{p}" for n, p in self.ports.items()),
            "policy.file": self.path("main.policy"),
            "policy.history.dir": self.path("history"),
            "audit.dir": self.path("audit"),
            "log.dirs": self.path("data"),
            "group.initial.rebalance.delay.ms": "200",
            "sandbox": "strict" if os.getuid() == 0 else "rootless",
        }
        if any("SASL" in n for n in self.ports):
            lines["sasl.enabled.mechanisms"] = "PLAIN"
            lines["schloss.users.file"] = self.path("users")
        if any("SSL" in n for n in self.ports):
            lines["ssl.certificate.location"] = self.path("tls/broker.pem")
            lines["ssl.key.location"] = self.path("tls/broker.key")
        plain = [n for n in self.ports if n in ("PLAINTEXT", "SASL_PLAINTEXT")]
        if plain:
            lines["schloss.allow.plaintext"] = ",".join(plain)
        if "PLAINTEXT" in self.ports:
            lines["schloss.anonymous.principal.PLAINTEXT"] = "User:anon"
        lines.update(self.settings)
        return [f"{k}={v}" for k, v in lines.items() if v is not None]

    def write_config(self):
        return self.write("schloss.properties", "\n".join(self.config_lines()) + "\n")

    # -- the process --

    def command(self):
        return self.wrapper + [os.path.join(BIN, "schlossd"), "--config",
                               self.path("schloss.properties")]

    def start(self):
        self.spawn()
        try:
            self.await_serving()
        except BaseException:
            self.kill()
            raise
        return self

    def spawn(self):
        self.log_mark = self.log_size()
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def await_serving(self, since=None):
        """Until porter accepts: the warden says so with a line for each listener."""
        since = self.log_mark if since is None else since

        def is_serving():
            if self.process.poll() is not None:
                raise Failure(f"schlossd ended with {self.process.returncode}\n"
                              + self.log(since)[-4000:])
            return len(re.findall(r"info: listening: ", self.log(since))) >= len(self.ports)
        eventually(is_serving, START_SECONDS, "schlossd serves\n" + self.log(since)[-4000:])

    def run_to_end(self, timeout=60):
        """For a start that is refused: (exit status, what it said)."""
        self.spawn()
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure("it was not refused\n" + self.log()[-4000:]) from None
        return status, self.log(self.log_mark)

    def stop(self):
        """A clean stop; the exit status."""
        if self.process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure("no clean stop in time\n" + self.log()[-4000:]) from None
        self.process = None
        return status

    def kill(self):
        """kill -9 of the whole tree, as close to at once as a signal each allows."""
        if self.process is None:
            return
        warden = self.process.pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(warden, signal.SIGSTOP)  # so that it starts nobody meanwhile
        eventually(lambda: state_of(warden) in "TZX", STOP_SECONDS, "the warden halts")
        tree = descendants(warden)
        for pid in tree + [warden]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        self.process = None
        eventually(lambda: all(state_of(pid) in "ZX" for pid in tree), STOP_SECONDS,
                   "the whole tree is gone")

    def close(self):
        try:
            self.kill()
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind is not None:
            print("---- end of schlossd's log ----\n" + self.log()[-6000:], flush=True)
        self.close()

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def pids(self, role):
        """Process ids of a role, for example "broker"; the warden itself is "schlossd"."""
        if role == "schlossd":
            return [self.process.pid]
        return sorted(p for p in descendants(self.process.pid)
                      if program_of(p) == "schloss-" + role)

    def shared_pids(self):
        return {role: self.pids(role) for role in SHARED}

    def kill_role(self, role):
        """kill -9 of one shared process, and waits until the broker serves again."""
        pids = self.pids(role)
        mark = self.log_size()
        if not pids:
            raise Failure(f"there is no {role}\n" + self.log()[-2000:])
        os.kill(pids[0], signal.SIGKILL)
        self.await_serving(mark)

    # -- what it says --

    def log_size(self):
        try:
            return os.path.getsize(self.path("log"))
        except FileNotFoundError:
            return 0

    def log(self, since=0):
        try:
            with open(self.path("log"), "rb") as f:
                f.seek(since)
                return f.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def await_log(self, expression, since=0, count=1, seconds=30):
        def found():
            return len(re.findall(expression, self.log(since))) >= count
        try:
            eventually(found, seconds, f"{count} log line(s) like {expression!r}")
        except Failure as e:
            raise Failure(f"{e}\n{self.log(since)[-4000:]}") from None

    def audit(self):
        path = self.path("audit/audit.log")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def await_audit(self, expression, seconds=10):
        eventually(lambda: re.search(expression, self.audit()), seconds,
                   f"an audit line like {expression!r}")

    def all_secrets(self):
        """What may never stand in a log: passwords, and the private key's text."""
        key = [line for line in self.read("tls/broker.key").splitlines() if "-" not in line]
        return list(self.secrets.values()) + key

    # -- clients --

    def bootstrap(self, listener="SASL_SSL"):
        return f"127.0.0.1:{self.ports[listener]}"

    def librdkafka(self, user="alice", listener="SASL_SSL", **more):
        """Settings for kcat, the tool and python3-confluent-kafka."""
        settings = {"bootstrap.servers": self.bootstrap(listener),
                    "security.protocol": listener.lower()}
        if "SASL" in listener:
            settings.update({"sasl.mechanisms": "PLAIN", "sasl.username": user,
                             "sasl.password": self.secrets[user]})
        if "SSL" in listener:
            settings["ssl.ca.location"] = self.path("tls/ca.pem")
        settings.update({k.replace("_", "."): v for k, v in more.items()})
        return settings

    def properties(self, user="alice", listener="SASL_SSL"):
        """The same as a file, mode 0600: passwords do not belong on a command line."""
        text = "".join(f"{k}={v}\n" for k, v in self.librdkafka(user, listener).items())
        return self.write(f"{user}.{listener}.properties", text)

    def kafka_python(self, user="alice", listener="SASL_SSL", **more):
        """Settings for python3-kafka."""
        settings = {"bootstrap_servers": self.bootstrap(listener),
                    "security_protocol": listener}
        if "SASL" in listener:
            settings.update({"sasl_mechanism": "PLAIN", "sasl_plain_username": user,
                             "sasl_plain_password": self.secrets[user]})
        if "SSL" in listener:
            settings["ssl_cafile"] = self.path("tls/ca.pem")
        settings.update(more)
        return settings

    def tool(self, *arguments, user="alice", listener="SASL_SSL", text=None, status=0):
        return run(os.path.join(BIN, "schloss"), "--config",
                   self.properties(user, listener), "--timeout", "30", *arguments,
                   text=text, status=status)

    def kcat(self, *arguments, user="alice", listener="SASL_SSL", text=None, status=0):
        return run("kcat", "-F", self.properties(user, listener), *arguments, text=text,
                   status=status)

    def create_topic(self, name, partitions=1, user="alice", listener="SASL_SSL"):
        self.tool("topic", "create", name, "--partitions", partitions, user=user,
                  listener=listener)


class Traffic:
    """Runs a step over and over in a thread of its own; keeps the first exception."""

    def __init__(self, step):
        self.step = step
        self.count = 0
        self.error = None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.loop, daemon=True)

    def loop(self):
        try:
            while not self.ending.is_set():
                self.step()
                self.count += 1
        except Exception as e:  # pylint: disable=broad-except
            self.error = e

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.ending.set()
        self.thread.join(60)
        if kind is None and self.error is not None:
            raise self.error
