"""Splits flatc's header in two: python split_schema.py GENERATED.h OBJECTS.h

OBJECTS.h gets the enums, the object structs and the unions, which every room needs. GENERATED.h keeps the tables,
builders and verifiers, which only readers and writers of files need, and includes the former. Parsing the whole costs a
compiler over two seconds a file; the objects alone a fraction of it.
"""

import pathlib
import re
import sys

OBJECTS = re.compile(
    r"^(enum class |struct \w+;$|struct \w+T : public ::flatbuffers::NativeTable|struct \w+Union \{"
    r"|template<(typename T)?> struct \w+Traits|bool operator[!=]=|inline bool operator[!=]="
    r"|inline (\w+T|\w+Union)(::| &)"
    r"|inline const \w+ \(&EnumValues|inline const char \* ?(const \*)?EnumName|inline void \w+Union::Reset)"
)


def chunks(lines):
    """Top-level declarations: lines up to where braces close and the declaration ends."""
    chunk, depth = [], 0
    for line in lines:
        chunk.append(line)
        depth += line.count("{") - line.count("}")
        if depth == 0 and (not line.strip() or line.rstrip().endswith((";", "}"))):
            yield chunk
            chunk = []
    yield chunk


def main(generated: str, objects: str) -> None:
    text = pathlib.Path(generated).read_text()
    start = text.index("namespace tflite {") + len("namespace tflite {\n")
    end = text.rindex("}  // namespace tflite")
    kept, moved = [], []
    for chunk in chunks(text[start:end].split("\n")):
        head = next((line for line in chunk if line.strip()), "")
        (moved if OBJECTS.match(head) else kept).append("\n".join(chunk))
    includes = text[: text.index("namespace tflite {")]
    name = objects.rsplit("/", 1)[-1]
    with open(objects, "w") as file:
        file.write('#pragma once\n\n#include "flatbuffers/flatbuffers.h"\n\nnamespace tflite {\n')
        file.write("\n".join(moved) + "\n}  // namespace tflite\n")
    with open(generated, "w") as file:
        file.write(includes + f'#include "{name}"\n\nnamespace tflite {{\n' + "\n".join(kept) + text[end:])


main(*sys.argv[1:])
