"""Certificates of our own, and servers that stand between a client and the real one: with TLS where
the real one has none, or with less of it than was asked for."""

import contextlib
import select
import socket
import ssl
import struct
import threading

import lib

CLIENT_SSL = 0x800


# ------------------------------------------------------------------------------------------------
# Certificates


def openssl(folder, *arguments):
    lib.run(["openssl", *arguments], cwd=folder)


def authority(folder, name):
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
            "-out", f"{name}.pem")


def certificate(folder, name, ca="ca", host="IP:0.0.0.0,IP:127.0.0.1", days=30):
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    (folder / f"{name}.ext").write_text(f"subjectAltName={host}\n")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey",
            f"{ca}.key", "-CAcreateserial", "-days", str(days), "-extfile", f"{name}.ext",
            "-out", f"{name}.pem")


def certificates(folder):
    """ca.pem, and of server certificates good, expired, elsewhere, unknown."""
    authority(folder, "ca")
    authority(folder, "stranger")
    certificate(folder, "good")
    certificate(folder, "expired", days=-1)
    certificate(folder, "elsewhere", host="DNS:db.example,IP:192.0.2.1")
    certificate(folder, "unknown", ca="stranger")
    return folder


# ------------------------------------------------------------------------------------------------
# In between


def receive(link, size):
    data = b""
    while len(data) < size:
        more = link.recv(size - len(data))
        if not more:
            raise ConnectionError("the other side hung up")
        data += more
    return data


def receive_packet(link):
    """A packet of MySQL's protocol: header and body."""
    head = receive(link, 4)
    return head, receive(link, int.from_bytes(head[:3], "little"))


def relay(client, server):
    """Until one side hangs up. One thread serves both ways: Python must not read and write one TLS
    connection at the same time."""
    across = {client: server, server: client}
    while True:
        # What TLS has taken in already is not seen by select().
        ready = [client] if client.pending() else select.select([client, server], [], [])[0]
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            across[source].sendall(data)


class Between:
    """Listens on the loopback; serve(link) says what is done with each connection. What clients
    sent in plain text, and outside of any protocol that was agreed on, is in plain."""

    def __init__(self, context=None, plaintext=False, inject=b""):
        self.context, self.plaintext, self.inject = context, plaintext, inject
        self.plain = b""
        self.secured = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # close() alone does not wake up whoever waits in accept().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def _run(self):
        while True:
            try:
                link = self.listener.accept()[0]
            except OSError:
                return
            link.settimeout(30)
            with link, contextlib.suppress(OSError):
                self.serve(link)

    def secure(self, link):
        secured = self.context.wrap_socket(link, server_side=True)
        self.secured += 1
        return secured

    def upstream(self):
        raise NotImplementedError


class BeforePostgresql(Between):
    def upstream(self):
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{lib.Postgresql.socket}/.s.PGSQL.{lib.Postgresql.port}")
        return server

    def serve(self, link):
        request = receive(link, 8)
        if request != struct.pack(">II", 8, 80877103):  # SSLRequest
            self.plain += request + link.recv(65536)
            return
        if self.plaintext:
            link.sendall(b"N")
            self.plain += link.recv(65536)
            return
        link.sendall(b"S" + self.inject)
        with self.secure(link) as client, self.upstream() as server:
            relay(client, server)


class BeforeMysql(Between):
    def upstream(self):
        server = socket.socket(socket.AF_UNIX)
        server.connect(lib.Mysql.socket)
        return server

    @staticmethod
    def _flags_at(greeting):
        """Where the lower half of the server's capabilities stands: behind version, id and salt."""
        return greeting.index(b"\0", 1) + 1 + 4 + 8 + 1

    def serve(self, link):
        with self.upstream() as server:
            head, body = receive_packet(server)
            at = self._flags_at(body)
            flags = struct.unpack_from("<H", body, at)[0] & ~CLIENT_SSL
            flags |= 0 if self.plaintext else CLIENT_SSL
            link.sendall(head + body[:at] + struct.pack("<H", flags) + body[at + 2:])
            request = receive_packet(link)
            if len(request[1]) != 32:  # more than a request for TLS
                self.plain += request[1]
                return
            link.sendall(self.inject) if self.inject else None
            with self.secure(link) as client:
                _, answer = receive_packet(client)
                flags = struct.unpack_from("<I", answer)[0] & ~CLIENT_SSL
                answer = struct.pack("<I", flags) + answer[4:]
                server.sendall(len(answer).to_bytes(3, "little") + b"\1" + answer)
                head, body = receive_packet(server)
                client.sendall(head[:3] + bytes([head[3] + 1]) + body)
                relay(client, server)


BEFORE = {"postgresql": BeforePostgresql, "mysql": BeforeMysql}


def context(folder, name, newest=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    if newest:
        made.set_ciphers("ALL:@SECLEVEL=0")
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = newest
    return made
