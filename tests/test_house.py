"""The rules of the house that no compiler checks: the arrows between rooms, short files, a README in every room."""

import pathlib
import re
import subprocess

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
DATA_SUFFIXES = {".json", ".csv", ".tflite", ".npz", ".png", ".bin"}

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
