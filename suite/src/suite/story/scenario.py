"""The story itself: a summer class is announced, fills up, and is cancelled; then a process dies at the worst moment.

Everything goes over the public HTTP APIs, and what arrived is read from the development mailbox. Played again it
tells the same: the class is a new one each time, and it is cancelled in the end.
"""

import time as clock
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from shared.sample import CHILDREN, sample_id
from suite.layout import SERVICES, Layout
from suite.story.access import CommandLine, Unexpected, api, local_command_line
from suite.story.killing import Kill, kill_supervised
from suite.story.mailbox import Letter, Mailbox, to
from suite.story.narrator import Narrator
from suite.story.people import Child, Guardian, guardians, in_the_wrong_language, missing, twice

ROOM = "activity"
TITLES = {"title_zh": "小候鸟培训班", "title_en": "Little migratory birds summer class"}
ZONE = ZoneInfo("Asia/Shanghai")
# Households whose two guardians read different languages.
FIRST, SECOND, NEXT = Child(123), Child(125), Child(128)
CROWD = [Child(number) for number in CHILDREN if number not in (123, 125, 128)][:24]
# Nothing is on its way when several looks in a row say so: an event may be between two services at one of them.
QUIET_LOOKS, PATIENCE_SECONDS = 4, 300
# A sender that dies leaves at most the message that each of its threads had in its hands.
IN_FLIGHT = 8


def play_story(layout: Layout, command_line: CommandLine | None = None, kill: Kill | None = None) -> int:
    """Play it against a running suite; the exit status: 0 when every claim held."""
    narrator = Narrator()
    try:
        story = Story(layout, narrator, command_line or local_command_line(layout), kill or kill_supervised(layout))
        story.play()
    except Unexpected as problem:
        narrator.claim("the story can be played to its end", False, found=problem)
    return narrator.end()


class Story:
    def __init__(self, layout: Layout, narrator: Narrator, command_line: CommandLine, kill: Kill) -> None:
        self.tell = narrator
        self.kill = kill
        self.mailbox = Mailbox(layout.mailbox_url, about=tuple(TITLES.values()))
        self.layout = layout
        self.activities = api(layout, command_line, "activities", "manager:*")
        self.facilities = api(layout, command_line, "facilities", "viewer:*")
        self.notifications = api(layout, command_line, "notifications", "viewer:*")

    def play(self) -> None:
        self.tell.title("The summer class 小候鸟, and what becomes of it")
        self._let_everything_arrive()
        self.tell.chapter(1, "Union and women's federation announce the class")
        starts_at = self._free_morning()
        activity = self._announce(starts_at, capacity=2)
        self.tell.chapter(2, "A family registers; the class is full, and the next family waits")
        self._register_families(activity)
        self.tell.chapter(3, "The class is cancelled")
        self._cancel(activity)
        self.tell.chapter(4, "The room is free again")
        self._room_is_free(activity)
        self.tell.chapter(5, "A process is killed in the middle of the next fan-out")
        self._survive_a_kill(starts_at)

    # --- chapter 1

    def _free_morning(self) -> datetime:
        """Nine o'clock on the next weekday, two weeks from now or later, on which the room is free."""
        day = datetime.now(ZONE).date() + timedelta(days=14)
        for candidate in (day + timedelta(days=distance) for distance in range(120)):
            starts_at = datetime.combine(candidate, time(9), ZONE)
            if candidate.weekday() < 5 and self._is_free(starts_at, starts_at + timedelta(hours=2)):
                return starts_at
        raise Unexpected(f"facilities: {ROOM} is not free on any weekday morning")

    def _is_free(self, starts_at: datetime, ends_at: datetime) -> bool:
        found = self.facilities.get("/availability", starts_at=_wire(starts_at), ends_at=_wire(ends_at))
        return any(room["resource_code"] == ROOM for room in found["rooms"])

    def _announce(self, starts_at: datetime, capacity: int) -> dict[str, Any]:
        ends_at = starts_at + timedelta(hours=2)
        session = {"starts_at": _wire(starts_at), "ends_at": _wire(ends_at), "capacity": capacity}
        plan = {
            "kind": "class",
            **TITLES,
            "bodies": ["union", "women"],
            "sessions": [session],
            "needs": [{"resource_code": ROOM, "quantity": 1}],
        }
        drafted = self.activities.post("/activities", plan)
        path = f"/activities/{drafted['id']}"
        self.activities.post(f"{path}/publish")
        activity: dict[str, Any] = self.activities.wait(path, lambda found: found["state"] not in ("draft", "placing"))
        self.tell.step(
            f"“{TITLES['title_zh']}” ({TITLES['title_en']}) on {starts_at:%A, %d %B %Y, %H:%M}, "
            f"{capacity} places. It needs the activity room."
        )
        self.tell.event(
            "activities.activity.place-requested.v1", "facilities.hold.granted.v1", "activities.activity.published.v1"
        )
        granted = activity["state"] == "published"
        self.tell.claim("it became public only when facilities had granted the room", granted, found=activity["notice"])
        if not granted:
            raise Unexpected(f"activities: the class is {activity['state']}")
        booked = _until(lambda: not self._is_free(starts_at, ends_at))
        self.tell.claim("the room is taken for that time", booked)
        return activity

    # --- chapter 2

    def _register_families(self, activity: dict[str, Any]) -> None:
        self.mailbox.remember()
        self._register(activity, FIRST, "confirmed")
        letters = self._arrived(FIRST.guardians)
        self._show(letters, FIRST.guardians)
        self._claim_each_in_their_language("both guardians of the child have an SMS and an e-mail", [FIRST], letters)

        self.mailbox.remember()
        self._register(activity, SECOND, "confirmed")
        self._arrived(SECOND.guardians)
        session = self.activities.get(f"/activities/{activity['id']}")["sessions"][0]
        self.tell.claim("the class is full", session["places_left"] == 0, found=session)

        self.mailbox.remember()
        registration = self._register(activity, NEXT, "waitlisted")
        self.tell.claim("the next family is number 1 on the waiting list", registration["waiting_number"] == 1)
        letters = self._arrived(NEXT.guardians)
        self._show(letters, NEXT.guardians)
        self._claim_each_in_their_language("its guardians have an SMS and an e-mail", [NEXT], letters)
        self.tell.claim("they read that the child waits", _all_speak_of_waiting(letters))

    def _register(self, activity: dict[str, Any], child: Child, expected: str) -> dict[str, Any]:
        made: dict[str, Any] = self.activities.post(
            f"/activities/{activity['id']}/registrations", {"person_ids": [str(child.id)]}
        )
        self.tell.step(f"Child {child.number} is registered: {made['state']}.")
        self.tell.event(f"activities.registration.{made['state']}.v1")
        if made["state"] != expected:
            self.tell.claim(f"the registration is {expected}", False, found=made)
        return made

    # --- chapter 3

    def _cancel(self, activity: dict[str, Any]) -> None:
        self.mailbox.remember()
        self.activities.post(f"/activities/{activity['id']}/cancel", {"reason": "高温停课 / too hot"})
        self.tell.step("It is too hot: the class is cancelled, and everybody concerned is told why.")
        self.tell.event("activities.activity.cancelled.v1", "activities.registration.cancelled.v1, one for each family")
        placed, waiting = guardians([FIRST, SECOND]), NEXT.guardians
        letters = self._arrived([*placed, *waiting])
        self._show(letters, FIRST.guardians[:1])
        self._claim_each_in_their_language(
            "all six guardians have an SMS and an e-mail", [FIRST, SECOND, NEXT], letters
        )
        self._show(letters, waiting)
        told = [letter for reader in waiting for letter in to(letters, *reader.addresses)]
        self.tell.claim(
            "the waiting family is not told a lie: it reads that the waiting is over, not that a place is lost",
            _all_speak_of_waiting(told),
        )
        promoted = self._messages(event_type="activities.registration.promoted", person=NEXT.guardians[0])
        self.tell.claim("and nobody promised it a place that the cancelling had freed", not promoted, found=promoted)

    # --- chapter 4

    def _room_is_free(self, activity: dict[str, Any]) -> None:
        session = activity["sessions"][0]
        starts_at, ends_at = _parsed(session["starts_at"]), _parsed(session["ends_at"])
        free = _until(lambda: self._is_free(starts_at, ends_at))
        self.tell.event("facilities.booking.cancelled.v1")
        self.tell.claim("the activity room can be booked for that time again", free)

    # --- chapter 5

    def _survive_a_kill(self, starts_at: datetime) -> None:
        activity = self._announce(starts_at, capacity=len(CROWD))
        readers = guardians(CROWD)
        self.mailbox.remember()
        for child in CROWD:
            path = f"/activities/{activity['id']}/registrations"
            self.activities.post(path, {"person_ids": [str(child.id)]})
        self.tell.step(f"{len(CROWD)} children are registered.")
        self._arrived(readers)
        self.mailbox.remember()
        self.activities.post(f"/activities/{activity['id']}/cancel", {"reason": "高温停课 / too hot"})
        expected = 2 * len(readers)
        early = self.mailbox.wait(lambda letters: len(letters) >= expected // 6)
        killed = self.kill()
        self.tell.step(f"This class, too, is cancelled: {expected} messages. After {len(early)} of them {killed}")
        letters = self.mailbox.wait(lambda found: not missing(found, readers), 300)
        self._let_everything_arrive()
        letters = self.mailbox.since_line()
        lost, wrong = missing(letters, readers), in_the_wrong_language(letters, readers)
        self.tell.claim(f"all {expected} messages arrived, each with its guardian", not lost, found=lost)
        self.tell.claim("each in the guardian's language", not wrong, found=wrong)
        again = twice(letters, readers)
        same = all(len({letter.message_id for letter in to(letters, address)}) == 1 for address in again)
        if again:
            self.tell.claim(
                f"{len(again)} arrived twice: it was on its way when the process died, and carries the same Message-ID",
                same and len(again) <= IN_FLIGHT,
                found=again,
            )
        else:
            self.tell.claim("nobody got theirs twice", True)

    # --- shared by the chapters

    def _arrived(self, readers: Sequence[Guardian]) -> list[Letter]:
        return self.mailbox.wait(lambda letters: not missing(letters, readers))

    def _let_everything_arrive(self) -> None:
        """Until nothing is on its way any more: events between the services, then messages; or for some minutes.

        What is to be sent at a later hour, such as a reminder, is not on its way.
        """
        deadline = clock.monotonic() + PATIENCE_SECONDS
        quiet, newest = 0, -1
        while quiet < QUIET_LOOKS and clock.monotonic() < deadline:
            before, newest = newest, self.mailbox.newest()
            quiet = quiet + 1 if newest == before and self._nothing_under_way() else 0
            clock.sleep(0.5)

    def _nothing_under_way(self) -> bool:
        for service in SERVICES:
            waiting = httpx.get(f"{self.layout.url(service)}/readyz", timeout=30, trust_env=False).json()["deliveries"]
            if waiting["outbox_oldest_seconds"] or waiting["inbox_oldest_seconds"]:
                return False
        return not any(
            self.notifications.get("/messages", state=state, limit=1)["items"] for state in ("sending", "unknown")
        )

    def _messages(self, event_type: str, person: Guardian) -> list[Any]:
        page = self.notifications.get("/messages", event_type=event_type, person_id=sample_id("person", person.number))
        return list(page["items"])

    def _claim_each_in_their_language(self, text: str, children: Sequence[Child], letters: list[Letter]) -> None:
        readers = guardians(children)
        problems = missing(letters, readers) + twice(letters, readers) + in_the_wrong_language(letters, readers)
        self.tell.claim(f"{text}, once, each in their language", not problems, found=problems)

    def _show(self, letters: list[Letter], readers: Sequence[Guardian]) -> None:
        for reader in readers:
            for letter in to(letters, *reader.addresses):
                self.tell.letter(letter)


def _all_speak_of_waiting(letters: Sequence[Letter]) -> bool:
    texts = [(letter.subject + letter.text).lower() for letter in letters]
    return bool(texts) and all("候补" in text or "wait" in text for text in texts)


def _wire(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _until(condition: Callable[[], bool], seconds: float = 120.0) -> bool:
    """Whether the condition came true in time."""
    deadline = clock.monotonic() + seconds
    while not condition():
        if clock.monotonic() > deadline:
            return False
        clock.sleep(0.1)
    return True
