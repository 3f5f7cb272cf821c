# From schema/tflite.fbs: tflite_objects.h (enums, object structs, unions), tflite_generated.h (tables, builders, verifiers),
# and tflite_bfbs_generated.h with the schema itself as bytes, for reflection.
set(KELT_GENERATED ${CMAKE_BINARY_DIR}/generated)
add_custom_command(
  OUTPUT ${KELT_GENERATED}/tflite_objects.h ${KELT_GENERATED}/tflite_generated.h ${KELT_GENERATED}/tflite_bfbs_generated.h
  COMMAND ${KELT_FLATC} --cpp --gen-object-api --gen-compare --scoped-enums --bfbs-gen-embed --cpp-std c++17 -o ${KELT_GENERATED} ${PROJECT_SOURCE_DIR}/schema/tflite.fbs
  COMMAND ${Python_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/split_schema.py ${KELT_GENERATED}/tflite_generated.h ${KELT_GENERATED}/tflite_objects.h
  DEPENDS schema/tflite.fbs cmake/split_schema.py)
add_custom_target(kelt_schema_header DEPENDS ${KELT_GENERATED}/tflite_objects.h)
add_library(kelt_schema INTERFACE)
target_include_directories(kelt_schema SYSTEM INTERFACE ${KELT_GENERATED})
target_link_libraries(kelt_schema INTERFACE flatbuffers::flatbuffers)
add_dependencies(kelt_schema kelt_schema_header)
