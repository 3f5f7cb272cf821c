"""docs/kerashub.md: its lines of Python are run as they stand, and its table names what is there."""

import pathlib
import re

from kelt.hub import registry

PAGE = (pathlib.Path(__file__).parents[2] / "docs/kerashub.md").read_text()


def test_the_lines_of_python_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_registered", [])
    exec("".join(re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)), {"__name__": "page"})
    assert "exported as Text: max_sequence_length=48" in capsys.readouterr().out
    assert (tmp_path / "regressor.tflite").exists()


def test_each_kind_has_its_line_with_its_arguments():
    table = PAGE.split("## What fixes the sizes")[1].split("\n## ")[0]
    lines = dict(re.findall(r"^\| (\w+) \|.*\| (.*) \|$", table, re.MULTILINE))
    assert set(lines) - {"kind"} == {type(config).__name__ for config in registry.BUILT_IN}
    for config in registry.BUILT_IN:
        named = lines[type(config).__name__]
        assert named.startswith("all of them") or set(re.findall(r"`(\w+)`", named)) == set(config.parameters), named
