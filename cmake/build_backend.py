"""What pip calls to build kelt: scikit-build-core, unless `make wheel` has built a wheel of these very sources.

Such a wheel lies in build/dist beside the digest of the sources that it was built from, and is handed to pip as it is.
As a command: `digest` prints the digest of the sources as they stand, `wheel` the path of a wheel of them, if any.
"""

import hashlib
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DIST = ROOT / "build/dist"
DIGEST = DIST / "sources.sha256"
SOURCES = (
    "CMakeLists.txt",
    "pyproject.toml",
    "LICENSE",
    "README.md",
    "docs/errors.md",
    "cmake",
    "schema",
    "src",
    "python",
)


def digest() -> str:
    """The digest of every file that the wheel is built from, by name and content."""
    state = hashlib.sha256()
    for source in SOURCES:
        files = [ROOT / source] if (ROOT / source).is_file() else sorted((ROOT / source).rglob("*"))
        for path in files:
            if path.is_file() and path.suffix not in {".pyc", ".so"}:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                state.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    return state.hexdigest()


def built_wheel() -> pathlib.Path | None:
    """A wheel in build/dist that is of these sources and fits this interpreter."""
    if not DIGEST.exists() or DIGEST.read_text().strip() != digest():
        return None
    from packaging.tags import sys_tags
    from packaging.utils import parse_wheel_filename

    fitting = set(sys_tags())
    wheels = sorted(DIST.glob("kelt-*.whl"))
    return next((wheel for wheel in wheels if parse_wheel_filename(wheel.name)[3] & fitting), None)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """PEP 517: puts a wheel into the directory and returns its name."""
    wheel = None if config_settings else built_wheel()  # settings ask for another wheel than the usual
    if wheel is None:
        from scikit_build_core import build

        return build.build_wheel(wheel_directory, config_settings, metadata_directory)
    print(f"taking {wheel.relative_to(ROOT)}, which was built from these sources")
    shutil.copy(wheel, wheel_directory)
    return wheel.name


def get_requires_for_build_wheel(config_settings=None):
    """PEP 517: cmake and ninja where the system has none; nothing for a wheel that is there."""
    if not config_settings and built_wheel():
        return []
    from scikit_build_core import build

    return build.get_requires_for_build_wheel(config_settings)


def __getattr__(name):
    """The other hooks are those of scikit-build-core. It has no part in the metadata of a wheel that is there."""
    if name == "prepare_metadata_for_build_wheel" and built_wheel():
        raise AttributeError(name)  # pip then asks for the wheel
    from scikit_build_core import build

    return getattr(build, name)


if __name__ == "__main__":
    print(digest() if sys.argv[1] == "digest" else built_wheel() or "")
