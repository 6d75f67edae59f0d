"""A TCP proxy that does to a connection what networks do. It counts the bytes of each direction
over all connections since it was told what to do, and knows of the protocols one word."""

import socket
import struct
import threading
import time

UP, DOWN = "up", "down"  # to the server, to the client
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no time for what is unsent, so that RST is sent


class Proxy:
    """upstream: the path of a unix socket."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.pairs = []
        self.obey()
        threading.Thread(target=self._accept, daemon=True).start()

    def obey(self, direction=None, after=None, how="rst", lose=None, word=b"COMMIT", hook=None,
             dead=False, delay=0, answer=None):
        """direction and after: when to cut. how: rst, fin, half (only this direction is closed),
        hole (nothing comes through any more). lose: "request" or "reply" of the first word.
        hook: called when that word comes by, before it goes on.
        dead: nobody is let in after the cut. delay: seconds for each piece. answer: a function
        that sees the first bytes of each client and may answer in the server's place."""
        with self.lock:
            self.counted = {UP: 0, DOWN: 0}
            self.direction, self.after, self.how = direction, after, how
            self.lose, self.word, self.hook = lose, word, hook
            self.dead, self.delay, self.answer = dead, delay, answer
            self.was_cut = False
            self.connections = 0

    def heal(self):
        """Passes everything on, and ends the connections that hang."""
        self.obey()
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            self._close(pair)

    def finish(self):
        self.listener.close()
        self.heal()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections += 1
                if self.was_cut and self.dead:
                    client.close()
                    continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        if self.answer and not self.answer(client):
            client.close()
            return
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.upstream)
        except OSError:
            client.close()
            return
        pair = (client, server)
        with self.lock:
            self.pairs.append(pair)
        threading.Thread(target=self._pass, args=(server, client, DOWN, pair), daemon=True).start()
        self._pass(client, server, UP, pair)

    @staticmethod
    def _close(pair, reset=False):
        for end in pair:
            try:
                rude = reset and end.family == socket.AF_INET
                if rude:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                # Whoever waits for it in another thread must let go of it, or it stays open.
                end.shutdown(socket.SHUT_RD if rude else socket.SHUT_RDWR)
            except OSError:
                pass
        for end in pair:
            end.close()

    def _judge(self, data, direction):
        """How much of the data goes on, and whether the connection is cut behind it."""
        with self.lock:
            if self.was_cut and self.how == "hole":
                return 0, True
            if self.lose and not self.was_cut and direction == UP and self.word in data:
                self.was_cut = True
                return (len(data) if self.lose == "reply" else 0), True
            if self.hook and direction == UP and self.word in data:
                hook, self.hook = self.hook, None
                hook()
            room = len(data)
            cut = False
            if direction == self.direction and self.after is not None and not self.was_cut:
                left = self.after - self.counted[direction]
                if len(data) >= left:
                    room, cut, self.was_cut = left, True, True
            self.counted[direction] += room
            return room, cut

    def _pass(self, source, sink, direction, pair):
        while True:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            if not data:
                # Through a hole nobody hears of the end either.
                if not (self.how == "hole" and self.was_cut):
                    self._close(pair)
                return
            if self.delay:
                time.sleep(self.delay)
            room, cut = self._judge(data, direction)
            try:
                if room:
                    sink.sendall(data[:room])
                if cut and self._cut(sink, pair):
                    return
            except OSError:
                self._close(pair)
                return

    def _cut(self, sink, pair):
        """True when the connection has ended."""
        if self.lose == "reply":
            # The server is to get it, and to answer to nobody.
            self._close(pair[:1], True)
            pair[1].shutdown(socket.SHUT_WR)
            return True
        if self.how == "hole":
            return False
        if self.how == "half":
            sink.shutdown(socket.SHUT_WR)
            return False
        self._close(pair, self.how == "rst")
        return True
