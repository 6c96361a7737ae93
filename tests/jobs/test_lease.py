"""A lease is kept while the work goes on, and no longer."""

import asyncio

import pytest

from parley.jobs import lease
from parley.jobs.lease import LEASE_SECONDS, Lease


class Renewals:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lease, "RENEWED_EVERY_SECONDS", 0.001)
        self.amount = 0
        self.ours = True
        self._one = asyncio.Event()

    async def __call__(self) -> bool:
        self.amount += 1
        self._one.set()
        return self.ours

    async def another(self) -> None:
        self._one.clear()
        await asyncio.wait_for(self._one.wait(), 30)

    def lease(self, ago: float = 0) -> Lease:
        return Lease(self, asyncio.get_running_loop().time() - ago)


async def test_it_is_renewed_until_the_work_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    renewals = Renewals(monkeypatch)
    ours = renewals.lease()
    async with ours.kept(60):
        await renewals.another()
        await renewals.another()
    amount = renewals.amount
    assert amount >= 2
    await asyncio.sleep(0.01)
    assert renewals.amount == amount
    assert await ours.holds()
    assert renewals.amount == amount  # it was renewed a moment ago: nobody need be asked


async def test_work_that_is_stuck_is_ended_and_its_lease_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    renewals = Renewals(monkeypatch)
    ended = asyncio.Event()

    async def stuck() -> None:
        async with renewals.lease().kept(0.01):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await ended.wait()  # it does not end when it is told to
                raise

    working = asyncio.create_task(stuck())
    await renewals.another()
    await asyncio.sleep(0.05)
    assert renewals.amount <= 10
    ended.set()
    with pytest.raises(TimeoutError):
        await working


async def test_who_stood_still_asks_whether_it_is_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    renewals = Renewals(monkeypatch)
    late = renewals.lease(ago=LEASE_SECONDS)
    assert await late.holds()
    assert await late.holds()
    assert renewals.amount == 1
    renewals.ours = False
    assert not await renewals.lease(ago=LEASE_SECONDS).holds()
