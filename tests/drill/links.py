"""Connections that a drill cuts, slows and lets hang: each passes through a small proxy of ours."""

import asyncio
import threading

from support.ports import Port

PIECE = 64 * 1024


class Link:
    """One way from a client to a server at (host, port), or at the path of a Unix socket. It listens
    at `port`."""

    def __init__(self, links, name, target):
        self.links, self.name, self.target = links, name, target
        self.kept = Port()
        self.port = self.kept.number
        self.delay_s = 0
        self.is_cut = False
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.writers = set()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    # -- from any thread

    def cut(self):
        """Ends every connection, and refuses new ones until `heal`."""
        self.links.call(self._cut)

    def slow(self, seconds):
        """Every piece takes so much longer, in each direction."""
        self.links.call(lambda: setattr(self, "delay_s", seconds))

    def hang(self):
        """Nothing passes any more, and nobody is told."""
        self.links.call(self.flowing.clear)

    def heal(self):
        self.links.call(self._heal)

    # -- in the loop

    def _cut(self):
        self.is_cut = True
        for writer in list(self.writers):
            writer.transport.abort()

    def _heal(self):
        self.is_cut, self.delay_s = False, 0
        self.flowing.set()

    async def serve(self):
        await asyncio.start_server(self.accept, "127.0.0.1", self.port, reuse_address=True)

    async def accept(self, reader, writer):
        if self.is_cut:
            writer.transport.abort()
            return
        self.writers.add(writer)
        other = None
        try:
            back, other = await (asyncio.open_connection(*self.target)
                                 if isinstance(self.target, tuple)
                                 else asyncio.open_unix_connection(self.target))
            self.writers.add(other)
            await asyncio.gather(self.pass_on(reader, other), self.pass_on(back, writer))
        except OSError:
            writer.transport.abort()
        finally:
            for one in (writer, other):
                if one is not None:
                    self.writers.discard(one)
                    one.close()

    async def pass_on(self, reader, writer):
        while piece := await reader.read(PIECE):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            await self.flowing.wait()
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


class Links:
    """All of them, in a thread of their own."""

    def __init__(self):
        self.all = {}
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda *_: None)  # a peer that was killed
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def call(self, function):
        async def go():
            function()

        asyncio.run_coroutine_threadsafe(go(), self.loop).result(60)

    def add(self, name, target):
        """A link to a port of this machine, or to the path of a Unix socket."""
        link = Link(self, name, ("127.0.0.1", target) if isinstance(target, int) else target)
        asyncio.run_coroutine_threadsafe(link.serve(), self.loop).result(60)
        self.all[name] = link
        return link

    def end(self):
        for link in self.all.values():
            link.cut()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)
