"""Every function of the installed `keras.ops` has a case here, or a line in rejected.py that says why not."""

import ast
import inspect
import pathlib
import re

import keras
import pytest
import status_page
from ops.cases import tables
from ops.rejected import NOT_YET, REJECTED

import kelt

HERE = pathlib.Path(__file__).parent
UNCASED = ("rejected.py", pathlib.Path(__file__).name)


def functions() -> dict[str, object]:
    """The public functions of keras.ops by name: `matmul`, `image.resize`, `linalg.norm`."""
    spaces = {"": keras.ops, "image.": keras.ops.image, "linalg.": keras.ops.linalg}
    return {
        prefix + name: function
        for prefix, space in spaces.items()
        for name, function in vars(space).items()
        if inspect.isfunction(function) and not name.startswith("_")
    }


def mentioned(tree: ast.AST):
    """`ops.<name>` and `ops.<space>.<name>`; where getattr(ops, …) is called, the strings of lists and keys too."""
    strings, by_name = [], False
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            parts = ast.unparse(node).split(".")
            if parts[0] == "ops":
                yield ".".join(parts[1:])
        elif isinstance(node, (ast.Dict, ast.List)):
            leaves = node.keys if isinstance(node, ast.Dict) else node.elts
            strings += [leaf.value for leaf in leaves if isinstance(leaf, ast.Constant)]
        elif isinstance(node, ast.Call) and ast.unparse(node).startswith("getattr(ops, "):
            by_name = True
    if by_name:
        yield from strings


def cased() -> set[str]:
    """The functions with a case, under all the names that they have."""
    names = set()
    for path in HERE.rglob("*.py"):
        if path.name not in UNCASED and path.parent.name != "cases":
            names.update(mentioned(ast.parse(path.read_text())))
    names.update(name.partition(":")[0] for name in tables())
    known = functions()
    seen = {id(known[name]) for name in names if name in known}
    return {name for name, function in known.items() if id(function) in seen}


def test_every_function_has_a_case_or_a_reason(capsys):
    names, cases = set(functions()), cased()
    assert len(names) > 350
    open_, rejected = names & NOT_YET, names & set(REJECTED)
    missing = sorted(names - cases - NOT_YET - set(REJECTED))
    assert not missing, f"neither a case in tests/ops nor a line in rejected.py: {missing}"
    with capsys.disabled():
        share = len(names & cases - NOT_YET - set(REJECTED)) / len(names)
        print(
            f"\nkeras.ops: {len(names)} functions, {share:.1%} exported, {len(rejected)} rejected, {len(open_)} not yet"
        )


def test_a_case_is_called_after_its_function():
    assert not {name.partition(":")[0] for name in tables()} - set(functions())


def test_the_lists_hold_nothing_that_is_done_or_gone():
    names = set(functions())
    listed = [*NOT_YET, *REJECTED]
    assert len(set(listed)) == len(listed), "in both lists"
    assert not set(listed) - names, "no function of keras.ops"
    done = sorted(cased() & NOT_YET)
    assert not done, f"has a case: take it off the list: {done}"


def test_the_page_lists_what_is_rejected_and_why():
    section = status_page.written("## Functions of keras.ops that are rejected")
    rows = re.findall(r"^\| ([\w.]+) \| (.*) \|$", section, re.MULTILINE)
    assert rows[1:] == sorted((name, rejection.reason) for name, rejection in REJECTED.items())


@pytest.mark.parametrize("name", REJECTED)
def test_a_rejection_has_its_code_and_a_remedy(name, tmp_path):
    rejection = REJECTED[name]
    assert rejection.reason
    with pytest.raises(kelt.ExportError) as caught:
        kelt.export(rejection.function, tmp_path / "rejected.tflite", [spec.spec() for spec in rejection.specs])
    assert caught.value.code == "K204"
    assert all(part.remedy for part in caught.value.parts or [caught.value])
    assert not (tmp_path / "rejected.tflite").exists()
