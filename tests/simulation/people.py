"""What people do: type, press what is or was on their screen, edit the zone, and help a domain along."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine
from typing import Any

from bot.tryout.slack.delivery import Delivery, NotOnScreenError
from bot.tryout.slack.forms import Form
from bot.tryout.slack.message import Json, Message
from tests.simulation.screen import elements, is_for, payload
from tests.simulation.world import ALEX, CHANNEL, SAM, SUZUKI, World

_VAIN = 6  #: votes for a request after which nobody believes in it any more
_PATIENT = 4 * 3_600_000  #: the longest that people wait before they try the same again (ms)


class People:
    """``wishes``: what is to become of each name; ``helpful`` does the next thing for it that can be seen."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wishes: dict[str, str] = {}
        self._last: dict[str, tuple[int, int]] = {}  #: what was done: when, and how long nobody does it again (ms)
        self._tries: Counter[str] = Counter()  #: votes for one request
        self._tasks: set[asyncio.Task[Any]] = set()

    def _do(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ---- one act

    def say(self, person: str, text: str) -> None:
        self._do(self._say(person, text))

    async def _say(self, person: str, text: str) -> None:
        note = self.world.history.note
        name = text.rsplit(maxsplit=1)[-1]
        note("types", name, person=person, text=text)
        delivery = await self.world.slack.command(person, CHANNEL, text)
        self._acknowledged(delivery, name, person, text.split(maxsplit=1)[0])

    def press(self, person: str, verb: str, name: str, message: Message, *, twice: bool = False) -> None:
        element = next((e for e in elements(message) if is_for(e, verb, name)), None)
        if element is not None:
            self._do(self._press(person, verb, name, message, element, twice))

    async def _press(self, person: str, verb: str, name: str, message: Message, element: Json, twice: bool) -> None:
        world = self.world
        world.history.note("presses", name, person=person, verb=verb, value=element.get("value", ""))
        try:
            block = next(b.get("block_id") for b in message.blocks if element in b.get("elements", ()))
            delivery = await world.slack.click(
                person, message, element["action_id"], block_id=block, stale=True, duplicate=twice
            )
        except NotOnScreenError:
            return
        self._acknowledged(delivery, name, person, verb)
        await asyncio.sleep(2)
        form = world.slack.view(person)
        if form is not None:
            await self._fill(person, form)

    async def _fill(self, person: str, form: Form) -> None:
        known = {"reason": "not now", "name": "late.xyzcorp.com", "channel": CHANNEL}
        wanted = {block["block_id"] for block in form.blocks if block["type"] == "input"}
        delivery = await self.world.slack.submit(person, form, {key: known[key] for key in known.keys() & wanted})
        self.world.history.note("submitted", "", person=person, form=form.callback_id, problem=delivery.problem)
        self.world.slack.workspace.forms.clear(person)

    def _acknowledged(self, delivery: Delivery, name: str, person: str, verb: str) -> None:
        hook = delivery.response_url.rsplit("/", 2)[-2] if delivery.response_url else ""
        said = bool(delivery.body)
        self.world.history.note(
            "acknowledged", name, person=person, verb=verb, hook=hook, said=said, problem=delivery.problem
        )  # fmt: skip

    def press_newest(self, person: str, verb: str, name: str, *, twice: bool = False) -> bool:
        found = self.world.screen.buttons(verb, name, person)
        if found:
            self.press(person, verb, name, found[0][0], twice=twice)
        return bool(found)

    def press_old(self, person: str, name: str, dice: random.Random) -> None:
        """Any button that ever stood on a screen, as it was then."""
        world = self.world
        known = [
            (message, e["action_id"].partition(":")[0])
            for message in world.slack.snapshots for e in elements(message)
            if e.get("value") and str(e["value"]).partition(" ")[0].partition("#")[0] == name and "url" not in e
        ]  # fmt: skip
        if known:
            message, verb = dice.choice(known)
            self.press(person, verb, name, message)
            world.meet("an old button was pressed")

    # ---- the zone

    def publish(self, name: str) -> None:
        """What the org shows now."""
        found = self.world.genesys.home.has(name)
        if found is not None and not self._published(name):
            self.world.zone.publish(found.records)

    def _published(self, name: str) -> bool:
        found = self.world.genesys.home.has(name)
        held = self.world.zone.record
        return found is not None and all(held.get((r.type.value, r.host)) == (r.value,) for r in found.records)

    def withdraw(self, name: str) -> None:
        held = self.world.zone.record
        if any(values for (_, host), values in held.items() if host == name or host.endswith(f".{name}")):
            self.world.zone.withdraw(name)

    # ---- the next thing

    def helpful(self, *, every: int = 10 * 60_000) -> None:
        for name, wish in self.wishes.items():
            {"keep": self._keep, "release": self._release}.get(wish, self._remove)(name, every)

    def _once(self, what: str, every: int) -> bool:
        """Nobody does the same again at once, and whoever did it in vain waits longer each time."""
        now = self.world.clocks.now()
        last, pause = self._last.get(what, (None, every))
        if last is not None and now - last < pause:
            return False
        self._last[what] = now, pause if last is None else min(2 * pause, max(every, _PATIENT))
        return True

    def hurry(self) -> None:
        """Everybody tries again what was in vain so far."""
        self._last.clear()

    def _vote(self, name: str, every: int) -> bool:
        every_one = self.world.screen.buttons("approve", name, SAM)
        found = [one for one in every_one if payload(one[0]).get("kind") == "approval"]
        if not found:
            return False
        token = found[0][1]["value"]
        if self._tries[token] >= _VAIN:  # asked of people who may not answer any more: it is taken back, and asked anew
            for person in (ALEX, SAM):
                self.press_newest(person, "withdraw", name)
            self._tries[token] = 0
        for person in (SAM, SUZUKI):
            if self._once(f"{person} {token}", every):
                self._tries[token] += 1
                self.press(person, "approve", name, found[0][0])
        return True

    def _keep(self, name: str, every: int) -> None:
        world, state = self.world, self.world.screen.state(name)
        if state == "awaiting_approval" and self.wishes[name] == "ask only":
            return  # nobody answers, yet
        if self._vote(name, every):
            return
        match state:
            case "" if world.added(name) and self._once(f"stop {name}", 5 * every):
                self._do(self._presses(name, "status", "stop_removal"))  # what never had a card in the channel
            case "" | "removed" | "released":
                if world.genesys.home.has(name) is not None and self._once(f"import {name}", every):
                    self._import(name)
                elif self._once(f"add {name}", every):
                    self.say(ALEX, f"add {name}")
            case "removing":
                if self._once(f"stop {name}", every) and self.press_newest(ALEX, "stop_removal", name):
                    self.world.meet("stopped")
            case _:
                self.publish(name)
        if state == "stalled" and self._once(f"wait {name}", every):
            self.press_newest(ALEX, "wait", name)
        if state in ("ready", "awaiting_dns", "degraded") and self._once(f"activate {name}", every):
            self.say(ALEX, f"activate {name}" if state == "ready" else f"check {name}")

    def _release(self, name: str, every: int) -> None:
        if self.world.screen.state(name) in ("", "registering"):
            self._keep(name, every)
            return
        over = self.world.screen.state(name) in ("removed", "released")
        if not over and not self._vote(name, every) and self._once(f"release {name}", every):
            self._do(self._presses(name, "release", "release_anyway", self._owner(name)))

    def _import(self, name: str) -> None:
        """The admin imports; where there is a question, it was long ago."""
        self._do(self._imports(name))

    async def _imports(self, name: str) -> None:
        await self._say(ALEX, "import")
        await asyncio.sleep(60)
        if self.press_newest(ALEX, self.world.answers_import, name):
            self.world.meet("imported")

    def _remove(self, name: str, every: int) -> None:
        world, state = self.world, self.world.screen.state(name)
        for campaign in world.genesys.home.campaigns:
            if campaign["emailConfig"]["fromAddress"]["domain"]["id"] == name:
                campaign["campaignStatus"] = "off"
        if self._vote(name, every):
            return
        match state:
            case "removed" | "released":
                if world.screen.buttons("gone_yes", name, ALEX) and self._once(f"gone {name}", every):
                    self.press_newest(ALEX, "gone_yes", name)
                self.withdraw(name)
            case "removing" if self.wishes[name] == "left":
                if world.screen.buttons("finish_anyway", name, ALEX) and self._once(f"finish {name}", 10**8):
                    self.press_newest(ALEX, "finish_anyway", name)
            case "removing":
                self.withdraw(name)
            case "" if not world.added(name):
                if self._once(f"add {name}", 10**12):
                    self.say(ALEX, f"add {name}")
            case _:
                if self._once(f"remove {name}", every):
                    self._do(self._presses(name, "remove", "remove_anyway"))

    def _owner(self, name: str) -> str:
        """Who imported it last, or else the admin who adds everything."""
        took = [p.facts["person"] for p in self.world.history.of("presses", name) if "adopt" in p.facts["verb"]]
        return took[0] if took and took[0] in (ALEX, SAM) else ALEX

    async def _presses(self, name: str, typed: str, verb: str, person: str = ALEX) -> None:
        await self._say(person, f"{typed} {name}")
        await asyncio.sleep(40)
        self.press_newest(person, verb, name)
