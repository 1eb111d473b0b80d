"""A request whose transaction was ended by a deadlock is carried out again, unless something was committed before."""

from typing import Any

from flask import Flask
from sqlalchemy.exc import OperationalError

from shared.web.repeating import RepeatingFlask


class Deadlock(Exception):
    sqlstate = "40P01"


def application(failures: int, *, commits: bool = False) -> tuple[Flask, list[int]]:
    app = RepeatingFlask("repeating")
    calls: list[int] = []

    @app.post("/")
    def view() -> str:
        from flask import g, request

        calls.append(len(request.get_data()))
        if commits:
            g.committed = True
        if len(calls) <= failures:
            raise OperationalError("UPDATE", {}, Deadlock())
        return "done"

    return app, calls


def post(app: Flask) -> Any:
    return app.test_client().post("/", data=b"the whole body")


def test_a_view_is_run_again_with_the_same_body() -> None:
    app, calls = application(failures=2)
    assert post(app).text == "done"
    assert calls == [14, 14, 14]


def test_it_is_given_up_after_four_times() -> None:
    app, calls = application(failures=9)
    assert post(app).status_code == 500
    assert len(calls) == 4


def test_what_was_committed_is_not_done_twice() -> None:
    app, calls = application(failures=1, commits=True)
    assert post(app).status_code == 500
    assert len(calls) == 1
