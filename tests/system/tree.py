"""The running processes as the kernel shows them, not as the programs say they are."""

import os
import re
import unittest

import raw
import schloss

ROLES = schloss.SHARED + ("gate",)


def status(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


class Tree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL", "PLAINTEXT"))
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.create_topic("room")

    def every_process(self):
        for role in ROLES:
            pids = self.broker.pids(role)
            self.assertTrue(pids, f"there is no {role}")
            for pid in pids:
                yield role, pid

    def gate_of(self, connection):
        """The gate that got busy with a new connection: the one that holds its socket."""
        port = connection.socket.getsockname()[1]
        with open("/proc/net/tcp", encoding="ascii") as f:
            rows = [line.split() for line in f][1:]
        listener = self.broker.ports["PLAINTEXT"]
        inodes = [r[9] for r in rows if int(r[1].split(":")[1], 16) == listener
                  and int(r[2].split(":")[1], 16) == port]
        self.assertEqual(len(inodes), 1)
        for pid in self.broker.pids("gate"):
            for fd in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{fd}") == f"socket:[{inodes[0]}]":
                    return pid
        raise schloss.Failure("no gate holds the connection")

    def test_every_process_is_filtered_and_has_no_privilege(self):
        for role, pid in self.every_process():
            with self.subTest(role=role):
                s = status(pid)
                self.assertEqual(s["Seccomp"].strip(), "2")
                self.assertEqual(s["NoNewPrivs"].strip(), "1")
                for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                    self.assertEqual(int(s[name], 16), 0, name)

    def test_every_process_has_namespaces_of_its_own_or_an_empty_one(self):
        for role, pid in self.every_process():
            for kind in ("mnt", "net", "pid", "ipc", "uts"):
                with self.subTest(role=role, kind=kind):
                    try:
                        theirs = os.readlink(f"/proc/{pid}/ns/{kind}")
                    except PermissionError:
                        self.skipTest("an ordinary user may not look")
                    self.assertNotEqual(theirs, os.readlink(f"/proc/self/ns/{kind}"))

    @unittest.skipUnless(os.getuid() == 0, "one user is all that an ordinary user has")
    def test_every_role_has_a_user_of_its_own_that_is_not_root(self):
        users = {}
        for role, pid in self.every_process():
            uids = set(status(pid)["Uid"].split())
            self.assertEqual(len(uids), 1, role)
            users.setdefault(role, uids.pop())
            self.assertEqual(status(pid)["Uid"].split()[0], users[role])
        self.assertNotIn("0", users.values())
        self.assertEqual(len(set(users.values())), len(ROLES), users)

    @unittest.skipUnless(os.getuid() == 0, "an ordinary user may not look into its gates")
    def test_a_connection_has_a_gate_of_its_own_that_ends_with_it(self):
        connections = [raw.Connection(self.broker, "PLAINTEXT") for _ in range(3)]
        for c in connections:
            c.api_versions()
        gates = [self.gate_of(c) for c in connections]
        self.assertEqual(len(set(gates)), 3)
        layouts = set()
        for pid in gates:
            with open(f"/proc/{pid}/maps", encoding="utf-8") as f:
                layouts.add(f.readline().split("-")[0])
        self.assertEqual(len(layouts), 3, "every gate has a layout of its own")
        for c, pid in zip(connections, gates):
            c.close()
            schloss.eventually(lambda p=pid: not schloss.program_of(p), 10, "the gate ended")

    @unittest.skipUnless(os.getuid() == 0, "an ordinary user may not look into its processes")
    def test_only_the_store_holds_files_of_the_data_directory(self):
        self.broker.tool("produce", "room", text="canary\n")
        data = self.broker.path("data")
        for role, pid in self.every_process():
            links = []
            for fd in os.listdir(f"/proc/{pid}/fd"):
                try:
                    links.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
                except FileNotFoundError:
                    continue
            touches = any(re.search(r"\.log$|cluster_metadata|^" + re.escape(data), l)
                          and "audit" not in l for l in links)
            self.assertEqual(touches, role == "store", (role, links))


if __name__ == "__main__":
    unittest.main()
