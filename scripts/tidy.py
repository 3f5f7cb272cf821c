"""Runs clang-tidy on the sources whose last clean run saw something else than what stands there now.

A file is clean as long as it, the headers of ours that it includes and .clang-tidy are unchanged: the digests of clean
runs are kept in the build folder, so that a second run costs only what changed.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys


def included(file: pathlib.Path, source_root: pathlib.Path, known: dict[pathlib.Path, set[str]]) -> set[str]:
    """The file and the headers of ours that it includes, and theirs."""
    if file not in known:
        known[file] = {str(file)}
        for name in re.findall(r'^\s*#\s*include\s*"([^"]+)"', file.read_text(), re.MULTILINE):
            if (source_root / name).exists():
                known[file] |= included(source_root / name, source_root, known)
    return known[file]


def compiled(build: pathlib.Path) -> list[str]:
    """The sources of the build, which compiles each by itself."""
    return sorted({entry["file"] for entry in json.loads((build / "compile_commands.json").read_text())})


def digest(paths: set[str], config: bytes) -> str:
    """Digests the configuration and the files."""
    state = hashlib.sha256(config)
    for path in sorted(paths):
        state.update(path.encode())
        state.update(pathlib.Path(path).read_bytes())
    return state.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clang-tidy", required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("files", nargs="*", help="sources to check; default: all that the build compiles, but tests")
    args = parser.parse_args()

    root = pathlib.Path.cwd()
    source_root = root / "src"
    files = [str(pathlib.Path(file).resolve()) for file in args.files] or [
        path
        for path in compiled(args.build)
        if path.startswith(str(source_root)) and not path.endswith(("_test.cc", "_fuzz.cc"))
    ]
    clean_file = args.build / "tidy.json"
    clean: dict[str, str] = json.loads(clean_file.read_text()) if clean_file.exists() else {}
    config = (root / ".clang-tidy").read_bytes()
    known: dict[pathlib.Path, set[str]] = {}
    digests = {file: digest(included(pathlib.Path(file), source_root, known), config) for file in files}
    todo = sorted(file for file in files if clean.get(file) != digests[file])

    def check(file: str) -> tuple[str, subprocess.CompletedProcess[str]]:
        command = [args.clang_tidy, "-p", str(args.build), "--quiet", file]
        return file, subprocess.run(command, capture_output=True, text=True, check=False)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, result in pool.map(check, todo):
            if result.returncode == 0:
                clean[file] = digests[file]
            else:
                failed += 1
                print(result.stdout or result.stderr)
    clean_file.write_text(json.dumps({file: value for file, value in clean.items() if pathlib.Path(file).exists()}))
    print(f"clang-tidy: {len(todo)} of {len(files)} files read, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
