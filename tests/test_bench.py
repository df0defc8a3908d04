"""`python -m bench`: which measures are asked for, before anything is started or written."""

import pkgutil

import pytest

from bench.__main__ import LARGE, MEASURES, ROOT, chosen, main


def test_without_a_name_the_usual_ones_are_run_and_with_large_the_large_ones():
    assert chosen([]) == MEASURES
    assert chosen(["--large"]) == LARGE


def test_one_can_be_asked_for_by_its_name_whether_large_or_not():
    assert list(chosen(["workers", "driver"])) == ["driver", "workers"]
    assert list(chosen(["--large", "lists"])) == ["lists"]


@pytest.mark.parametrize("where", [*MEASURES.values(), *LARGE.values()])
def test_each_name_has_a_measure(where):
    assert callable(pkgutil.resolve_name(where))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["lists", "nosuchmeasure"], 2, "no measure nosuchmeasure; there are driver,"),
        (["--help"], 0, "--large"),
        (["-x"], 2, "-x"),
    ],
)
def test_what_names_no_measure_starts_nothing_and_leaves_the_last_result(words, code, said, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["bench", *words])
    monkeypatch.setattr("tests.run.postgresql", None)  # would it be started, this would fail
    before = _result()

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == code
    assert said in "".join(capsys.readouterr())
    assert _result() == before


def _result():
    return (ROOT / "bench.json").read_bytes() if (ROOT / "bench.json").exists() else None
