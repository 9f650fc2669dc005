"""A render's thread hands its pictures to the main thread, and never waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from blender_addon.view import main_thread


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a window: there the timer ticks by itself, here the tests do it."""
    monkeypatch.setattr(main_thread, "_serving", True)


class Asking(threading.Thread):
    """Another thread that has `work` done."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.work, self.answer, self.error = work, None, None
        self.start()

    def run(self) -> None:
        try:
            self.answer = main_thread.do(self.work)
        except KeyError as error:
            self.error = error


def ticks_until(thread: threading.Thread) -> None:
    while thread.is_alive():
        assert main_thread._tick() == main_thread.OFTEN


@pytest.mark.usefixtures("serving")
def test_the_main_thread_does_it() -> None:
    asking = Asking(threading.current_thread)
    ticks_until(asking)
    assert asking.answer is threading.main_thread()
    assert main_thread.do(threading.current_thread) is threading.main_thread(), "asked by itself, it does it at once"


@pytest.mark.usefixtures("serving")
def test_what_goes_wrong_is_told_to_who_asked() -> None:
    asking = Asking(lambda: {}["nothing"])
    ticks_until(asking)
    assert isinstance(asking.error, KeyError)


@pytest.mark.usefixtures("serving")
def test_a_main_thread_that_has_no_time_is_waited_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_thread, "PATIENCE", 0.01)
    done: list[threading.Thread] = []
    asking = Asking(lambda: done.append(threading.current_thread()))
    asking.join(60)
    assert done == [asking]
    main_thread._tick()
    assert done == [asking], "and is not done twice"


def test_without_a_window_nobody_hands_over() -> None:
    main_thread.serve()  # what a render's beginning calls
    asking = Asking(threading.current_thread)
    asking.join(60)
    assert asking.answer is asking
    main_thread.stop()


def test_it_ends_with_the_render(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_thread, "_serving", True)
    main_thread.stop()
    assert main_thread._tick() is None
