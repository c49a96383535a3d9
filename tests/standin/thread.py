"""A stand-in that serves on a loop of its own, in a thread of its own."""

import asyncio
import threading

# What takes milliseconds may take so long on a busy machine.
DEADLINE_S = 60


class Threaded:
    """Serves between start and stop. Of the stand-in itself are serve(), which sets stopping and
    returns what it serves with, and end_serving(), which takes that."""

    loop = thread = stopping = None

    async def serve_until_stopped(self, started):
        served = await self.serve()
        started()
        await self.stopping.wait()
        await self.end_serving(served)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def start(self):
        ready = threading.Event()

        def run():
            self.loop = asyncio.new_event_loop()
            self.loop.run_until_complete(self.serve_until_stopped(ready.set))
            self.loop.close()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        if not ready.wait(DEADLINE_S):
            raise RuntimeError("the stand-in does not start")
        return self

    def stop(self):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(DEADLINE_S)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
