"""Follows end when they are closed or forgotten, and no rows are lost between."""

import asyncio
import gc
import threading
import time

import pyarrow.compute as pc
import pytest

import thalweg
from thalweg import aio


@pytest.fixture
def table(connection, name):
    made = connection.create_table(name, {"n": "BIGINT"})
    made.append({"n": [1]})
    return made


def threads(table):
    """The threads that follow a table."""
    return [each for each in threading.enumerate() if each.name == f"thalweg-follow-{table.name}"]


def assert_ended(table):
    for thread in threads(table):
        thread.join(20)
        assert not thread.is_alive()


def test_closed_follows_end(table):
    for start in ("latest", "earliest"):
        for _ in range(20):
            with table.follow(start=start):
                pass
    assert_ended(table)
    follow = table.follow(start="earliest")
    assert next(follow)["n"].to_pylist() == [1]
    follow.close()
    assert list(follow) == []
    assert_ended(table)


def test_forgotten_follows_end(table):
    for _ in range(5):
        follow = table.follow(start="earliest")
        next(follow)
    assert len(threads(table)) >= 1
    del follow
    gc.collect()
    assert_ended(table)


def test_the_server_keeps_no_stream_of_closed_follows(table):
    """It has room for 1,000 per connection."""
    for _ in range(1100):
        table.follow().close()
    assert_ended(table)
    assert table.scan().count() == 1


def test_a_close_wakes_who_waits(table):
    follow = table.follow()
    ended = []
    waiting = threading.Thread(target=lambda: ended.append(list(follow)))
    waiting.start()
    follow.close()
    waiting.join(20)
    assert ended == [[]]


def test_an_error_ends_a_follow(connection, name):
    table = connection.create_table(name, {"n": "BIGINT"})
    follow = table.follow()
    connection.drop_table(name)
    with pytest.raises(thalweg.NotFound):
        next(follow)
    assert list(follow) == []
    assert_ended(table)


def test_filters_apply_to_follows(table):
    table.append({"n": [2, 3, 4]})
    with table.follow(start="earliest", filter=pc.field("n") * 2 > 4, idle=10) as follow:
        assert next(follow)["n"].to_pylist() == [3, 4]


async def first(follow):
    async for batch in follow:
        return batch["n"].to_pylist()


def test_a_cancelled_wait_loses_no_rows(server, name):
    async def main():
        async with await aio.connect(server) as connection:
            table = await connection.create_table(name, {"n": "BIGINT"})
            async with await table.follow(start="earliest") as follow:
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(first(follow), 0.05)
                assert follow.positions == {0: 0}
                for n in range(20):
                    await table.append({"n": [n]})
                    waits = asyncio.ensure_future(first(follow))
                    await asyncio.sleep(0)
                    if n % 2:  # it may be done already, or waits
                        waits.cancel()
                    (found,) = await asyncio.gather(waits, return_exceptions=True)
                    seen.extend([] if isinstance(found, asyncio.CancelledError) else found)
                while len(seen) < 20:
                    seen.extend(await asyncio.wait_for(first(follow), 20))
                assert follow.positions == {0: 20}

    seen: list[int] = []
    asyncio.run(main())
    assert seen == list(range(20))


def test_many_idle_follows_take_no_threads_of_the_loop(server, name):
    async def main():
        async with await aio.connect(server) as connection:
            table = await connection.create_table(name, {"n": "BIGINT"})
            follows = [await table.follow(start="latest") for _ in range(40)]
            tasks = [asyncio.create_task(first(follow)) for follow in follows]
            await asyncio.sleep(0)
            assert await asyncio.wait_for(table.count(), 20) == 0
            await asyncio.wait_for(table.append({"n": [3]}), 20)
            assert await asyncio.wait_for(asyncio.gather(*tasks), 20) == [[3]] * 40
            for follow in follows:
                follow.close()

    asyncio.run(main())


def test_a_loop_ends_after_a_cancelled_follow(server, name):
    async def main():
        connection = await aio.connect(server)
        table = await connection.create_table(name, {"n": "BIGINT"})
        follow = await table.follow()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(first(follow), 0.05)
        return follow

    begin = time.monotonic()
    follow = asyncio.run(main())
    assert time.monotonic() - begin < 20
    follow.close()


def test_an_idle_async_follow_ends(server, name):
    async def main():
        async with await aio.connect(server) as connection:
            table = await connection.create_table(name, {"n": "BIGINT"})
            await table.append({"n": [1, 2]})
            async with await table.follow(start="earliest", idle=0.3) as follow:
                seen = [n async for batch in follow for n in batch["n"].to_pylist()]
            closed = await table.follow()
            waits = asyncio.create_task(first(closed))
            await asyncio.sleep(0)
            closed.close()
            assert await asyncio.wait_for(waits, 20) is None
            return seen

    assert asyncio.run(main()) == [1, 2]
