# From schema/tflite.fbs: tflite_generated.h, and tflite_bfbs_generated.h with the schema itself as bytes, for reflection.
set(KELT_GENERATED ${CMAKE_BINARY_DIR}/generated)
add_custom_command(
  OUTPUT ${KELT_GENERATED}/tflite_generated.h ${KELT_GENERATED}/tflite_bfbs_generated.h
  COMMAND ${KELT_FLATC} --cpp --gen-object-api --gen-compare --scoped-enums --bfbs-gen-embed --cpp-std c++17 -o ${KELT_GENERATED} ${PROJECT_SOURCE_DIR}/schema/tflite.fbs
  DEPENDS schema/tflite.fbs)
add_custom_target(kelt_schema_header DEPENDS ${KELT_GENERATED}/tflite_generated.h)
add_library(kelt_schema INTERFACE)
target_include_directories(kelt_schema SYSTEM INTERFACE ${KELT_GENERATED})
target_link_libraries(kelt_schema INTERFACE flatbuffers::flatbuffers)
add_dependencies(kelt_schema kelt_schema_header)
