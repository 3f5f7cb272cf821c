"""docs/errors.md lists exactly the codes of src/base/status.h, each with its meaning and remedy."""

import pathlib
import re

import pytest
from command import kelt

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODES = {
    int(number): name
    for name, number in re.findall(r"^\s+(k\w+) = (\d+),", (ROOT / "src/base/status.h").read_text(), re.MULTILINE)
}
PAGE = (ROOT / "docs/errors.md").read_text()
SECTIONS = {
    int(number): (name, text)
    for number, name, text in re.findall(r"^## K(\d+) · (k\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
}


def test_the_page_lists_the_codes_of_the_code_in_order():
    assert len(CODES) >= 12
    assert {number: name for number, (name, _) in SECTIONS.items()} == CODES
    assert list(SECTIONS) == sorted(SECTIONS)


@pytest.mark.parametrize("number", SECTIONS)
def test_a_section_has_a_meaning_and_a_remedy(number):
    text = SECTIONS[number][1]
    meaning = re.search(r"\*\*Meaning\.\*\* (.+)", text)
    remedy = re.search(r"\*\*Remedy\.\*\* (.+)", text)
    assert meaning, "no meaning"
    assert remedy, "no remedy"


def test_the_environment_variable_that_the_page_names_is_the_one_that_the_code_reads():
    named = set(re.findall(r"KELT_[A-Z_]+", PAGE))
    sources = "".join(
        path.read_text()
        for folder in ("src", "python")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in {".cc", ".h", ".py"}
    )
    assert all(name in sources for name in named), named


@pytest.mark.parametrize("number", SECTIONS)
def test_explain_prints_the_part_of_the_page(number):
    shown = kelt("explain", f"K{number}")
    assert shown.returncode == 0, shown.stderr
    name, text = SECTIONS[number]
    assert shown.stdout == f"K{number} · {name}\n\n{text.strip()}\n".replace("**", "")


def test_explain_takes_a_code_however_it_is_written_and_knows_which_there_are():
    assert kelt("explain", "k204").stdout == kelt("explain", "204").stdout == kelt("explain", "K204").stdout
    unknown = kelt("explain", "K999")
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("error[K102]: there is no error K999")
    assert "K100, K101, K102" in unknown.stderr
    assert kelt("explain").returncode == 2
