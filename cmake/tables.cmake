# The measured tables of src/litert/data, as text that is compiled in.
function(kelt_embed variable file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  set(${variable} "R\"csv(${text})csv\"" PARENT_SCOPE)
endfunction()

kelt_embed(KELT_RUNTIME_TABLE ${PROJECT_SOURCE_DIR}/src/litert/data/runtime_table.csv)
kelt_embed(KELT_RUNTIME_VERSIONS ${PROJECT_SOURCE_DIR}/src/litert/data/runtime_versions.csv)
configure_file(${PROJECT_SOURCE_DIR}/cmake/runtime_table_data.h.in ${KELT_GENERATED}/litert/runtime_table_data.h @ONLY)
