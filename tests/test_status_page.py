"""docs/status.md lists what src/lower/table.cc can lower."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]


def test_the_page_lists_the_ops_of_the_table():
    table = re.findall(r'^\s*\{"([\w.]+)", ', (ROOT / "src/lower/table.cc").read_text(), re.MULTILINE)
    listed = (ROOT / "docs/status.md").read_text().split("strings.")[1].split("\n## ")[0]
    assert len(table) > 200
    assert re.findall(r"`([\w.]+)`", listed) == table
