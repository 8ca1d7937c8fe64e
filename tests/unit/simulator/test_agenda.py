from bridge.simulator.agenda import Agenda


def test_effects_happen_in_order_of_time_and_of_asking() -> None:
    agenda = Agenda()
    seen: list[str] = []
    agenda.after(2, lambda: seen.append("late"))
    agenda.after(1, lambda: seen.append("first"))
    agenda.after(1, lambda: seen.append("second"))

    agenda.run_until(2)

    assert seen == ["first", "second", "late"]


def test_effect_sees_the_moment_at_which_it_was_due() -> None:
    agenda = Agenda()
    seen: list[float] = []
    agenda.at(3, lambda: seen.append(agenda.now))

    agenda.run_until(100)

    assert seen == [3]
    assert agenda.now == 100


def test_effects_of_effects_happen_in_the_same_run() -> None:
    agenda = Agenda()
    seen: list[float] = []
    agenda.at(1, lambda: agenda.after(1, lambda: seen.append(agenda.now)))

    agenda.run_until(1.5)
    assert seen == []

    agenda.run_until(10)
    assert seen == [2]


def test_time_never_goes_back() -> None:
    agenda = Agenda()
    agenda.run_until(5)
    seen: list[float] = []
    agenda.at(1, lambda: seen.append(agenda.now))

    agenda.run_until(3)
    agenda.run_until(5)

    assert agenda.now == 5
    assert seen == [5]
