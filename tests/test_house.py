"""The rules of the house that no compiler checks: the arrows between rooms, short files, a README in every room."""

import ast
import graphlib
import pathlib
import re
import subprocess

import emission_order
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_LINES = 400
MAX_README_LINES = 40

# Files that may be longer, each with its reason.
LONG_FILES = {
    "docs/status.md": "a table of what can be exported, a line a function and a line a layer",
    "schema/tflite.fbs": "the schema of the runtime, regenerated as a whole",
    "LICENSE": "the text of the licence",
}
# Tables and recorded data are read by programs.
DATA_SUFFIXES = {".json", ".csv", ".tflite", ".npz", ".png", ".bin", ".wav"}

# The extension module is no room of kelt_room: it stands on all of them.
BINDING = "binding"


def tracked_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode != 0:
        pytest.skip("this tree is no git repository")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def direct_dependencies() -> dict[str, set[str]]:
    """Reads the rooms and their DEPS from CMakeLists.txt, the one place where the arrows stand."""
    rooms = {}
    for name, rest in re.findall(r"^kelt_room\((\w+)([^)]*)\)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE):
        words = rest.split()
        depends = set()
        if "DEPS" in words:
            for word in words[words.index("DEPS") + 1 :]:
                if word.isupper():
                    break
                depends.add(word)
        rooms[name] = depends
    return rooms


def reachable(rooms: dict[str, set[str]], room: str) -> set[str]:
    found, todo = {room}, [room]
    while todo:
        for other in rooms[todo.pop()] - found:
            found.add(other)
            todo.append(other)
    return found


ROOMS = direct_dependencies()
BUILT_ROOMS = [room for room in ROOMS if (ROOT / "src" / room).is_dir()]


def test_the_rooms_are_read_from_the_build():
    assert {"base", "graph", "litert", "lower", "pipeline", "cli"} <= set(ROOMS)
    assert reachable(ROOMS, "write") == {"write", "litert", "weights", "base"}


def test_an_arrow_leads_only_to_a_room_that_stands_before():
    seen: set[str] = set()
    for room, depends in ROOMS.items():
        assert depends <= seen, f"{room} depends on {depends - seen}, which stands behind it in CMakeLists.txt"
        seen.add(room)


def test_every_folder_of_src_is_a_room():
    folders = {path.name for path in (ROOT / "src").iterdir() if path.is_dir()}
    assert folders <= set(ROOMS) | {BINDING}


@pytest.mark.parametrize("room", [*BUILT_ROOMS, BINDING])
def test_includes_follow_the_arrows(room):
    every_room = set(ROOMS) | {BINDING}
    allowed = reachable(ROOMS, room) if room in ROOMS else every_room
    against = []
    for path in sorted((ROOT / "src" / room).rglob("*")):
        if path.suffix not in {".h", ".cc"}:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s*"(\w+)/', line)
            if include and include[1] in every_room - allowed:
                against.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not against, f"{room} may include only {sorted(allowed)}:\n" + "\n".join(against)


@pytest.mark.parametrize("room", BUILT_ROOMS)
def test_every_room_has_a_short_readme(room):
    readme = ROOT / "src" / room / "README.md"
    assert readme.exists(), f"{readme.relative_to(ROOT)}: what enters, what leaves, how to add"
    assert len(readme.read_text().splitlines()) <= MAX_README_LINES


def test_no_file_is_longer_than_a_reader_takes_in():
    long_files = {}
    for name in tracked_files():
        if pathlib.Path(name).suffix in DATA_SUFFIXES or name in LONG_FILES:
            continue
        lines = len((ROOT / name).read_bytes().splitlines())
        if lines > MAX_LINES:
            long_files[name] = lines
    assert not long_files, f"split these, one concern a file (or list them with a reason): {long_files}"


def test_the_list_of_long_files_is_up_to_date():
    for name in LONG_FILES:
        assert (ROOT / name).exists(), f"{name} is gone"
    stale = [n for n in LONG_FILES if n != "LICENSE" and len((ROOT / n).read_bytes().splitlines()) <= MAX_LINES]
    assert not stale, f"no longer long: {stale}"


def test_no_tracked_file_names_a_path_of_somebodys_machine():
    machine = re.compile(rb"(?<![\w.])/(?:home|root|Users)/\w|/tmp/\w+/|/work/(?:main|shared)\b")
    found = []
    for name in tracked_files():
        content = (ROOT / name).read_bytes()
        if b"\0" in content or name == "tests/test_house.py":
            continue
        for number, line in enumerate(content.splitlines(), 1):
            if machine.search(line):
                found.append(f"{name}:{number}: {line.decode(errors='replace').strip()[:120]}")
    assert not found, "\n".join(found)


# --- Lowerings


def test_no_call_of_a_lowering_leaves_the_order_of_operators_to_the_compiler():
    found = []
    for path in sorted((ROOT / "src" / "lower").rglob("*")):
        if path.suffix not in {".h", ".cc"}:
            continue
        header = path.with_suffix(".h")
        beside = header.read_text() if path.suffix == ".cc" and header.exists() else ""
        calls = emission_order.unordered_calls(path.read_text(), beside)
        found += [f"{path.relative_to(ROOT)}:{call}" for call in calls]
    assert not found, "name what is emitted first, in a const variable before the call:\n" + "\n".join(found)


UNORDERED = {
    "operands": "return add(to, mul(to, x, x), sub(to, x, y));",
    "inside of a lambda": "const auto f = [&](const Value& a) { return g(node, div(to, abs(to, a), neg(to, a))); };",
    "an operator and what lists others": "return to.emit(code, options(to, x), {cast(to, x, dtype), y}, type);",
    "lambdas that emit": "const auto half = [&](const Value& a) { return mul(to, a, x); };\nf(half(x), half(y));",
    "members of what holds an emitter": "const Words word(to);\nword.plus(word.times(x, y), word.joined(y, 0, 1));",
    "sizes": "return f(*to.dim_value(a), *to.dim_value(b));",
    "another name": "void f(Emitter& out) { add(out, mul(out, x, x), mul(out, y, y)); }",
}
ORDERED = {
    "one operand": "return add(to, mul(to, x, x), y);",
    "constants": "return select(to, like(to, x, 0), like(to, x, 1), mul(to, x, x));",
    "braces": "return concatenate(to, std::vector<Value>{mul(to, x, x), sub(to, x, y)}, 0);",
    "bodies of lambdas": "choose([&](Lowering& in) { return abs(in, x); }, [&](Lowering& in) { return neg(in); });",
    "a function that only asks": "bool has(Emitter& to) { return known(x); }\nvoid f() { g(has(to), mul(to, x, x)); }",
    "comments and texts": 'return f("add(to, mul(to, x), mul(to, x))");  // f(mul(to, x), mul(to, x))',
    "one of two": "return f(first ? mul(to, x, x) : sub(to, x, y), x);",
}


@pytest.mark.parametrize("source", UNORDERED.values(), ids=UNORDERED)
def test_a_call_whose_order_the_compiler_chooses_would_be_found(source):
    assert len(emission_order.unordered_calls(source)) == 1


@pytest.mark.parametrize("source", ORDERED.values(), ids=ORDERED)
def test_a_call_whose_order_the_code_says_is_not_found(source):
    assert emission_order.unordered_calls(source) == []


# --- Python


def python_modules() -> dict[str, pathlib.Path]:
    """The modules under python/ by their dotted names."""
    modules = {}
    for path in sorted((ROOT / "python").rglob("*.py")):
        parts = path.relative_to(ROOT / "python").with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


def imported_modules(path: pathlib.Path, known) -> set[str]:
    """The known modules that a file imports anywhere: at its head, inside of functions, or by `import_module`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known or alias.name == "_native" else node.module)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "importlib.import_module":
            pattern = ast.unparse(node.args[0]).strip("f'\"")
            found |= {name for name in known if re.fullmatch(re.sub(r"\\{.*\\}", r"\\w+", re.escape(pattern)), name)}
    return found & set(known)


def circle(edges: dict[str, set[str]]) -> list[str]:
    """The nodes of a circle; none if there is no circle."""
    try:
        graphlib.TopologicalSorter(edges).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def test_no_module_of_python_imports_itself_around_a_circle():
    modules = python_modules()
    edges = {name: imported_modules(path, modules) - {name} for name, path in modules.items()}
    assert edges["kelt.tracing.capture"] >= {"kelt.tracing.run", "kelt.tracing.record.graph"}
    assert not circle(edges), " imports ".join(reversed(circle(edges)))


def test_no_folder_of_the_tracing_imports_itself_around_a_circle():
    modules = python_modules()

    def folder(name):
        parts = name.split(".")
        return ".".join(parts[:3] if len(parts) > 3 or modules[name].name == "__init__.py" else parts[:2])

    inside = [name for name in modules if name.startswith("kelt.tracing.")]
    edges: dict[str, set[str]] = {}
    for name in inside:
        needed = {folder(other) for other in imported_modules(modules[name], modules) if other in inside}
        edges.setdefault(folder(name), set()).update(needed - {folder(name)})
    assert {"kelt.tracing", "kelt.tracing.record", "kelt.tracing.ops"} <= set(edges)
    assert not circle(edges), " imports ".join(reversed(circle(edges)))


def test_a_circle_of_imports_would_be_found(tmp_path):
    """Also one inside of functions, and one by a name that is put together."""
    for name, text in {
        "a": "def f():\n    from p.b import g\n",
        "b": "import importlib\ndef g(c):\n    importlib.import_module(f'p.c_{c}')\n",
        "c_x": "from p import a\n",
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    modules = {f"p.{path.stem}": path for path in tmp_path.glob("*.py")}
    assert set(circle({name: imported_modules(path, modules) for name, path in modules.items()})) == set(modules)


PYTHON_FOLDERS = sorted({path.parent for path in python_modules().values()})


@pytest.mark.parametrize("folder", PYTHON_FOLDERS, ids=lambda path: path.name)
def test_the_readme_of_a_folder_of_python_lists_its_files(folder):
    text = (folder / "README.md").read_text()
    assert len(text.splitlines()) <= MAX_README_LINES
    files = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    assert files - set(re.findall(r"`(\w+\.py)`", text)) == set(), "files that the README does not list"
    listed = set(re.findall(r"`((?:\w+/)?\w+\.py)`", text))
    roots = (folder, folder.parent, ROOT)
    assert [name for name in listed if not any((root / name).exists() for root in roots)] == []
