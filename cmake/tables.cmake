# Texts that are compiled in: the measured tables of src/litert/data, and the page of the errors.
function(kelt_embed variable file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  set(${variable} "R\"csv(${text})csv\"" PARENT_SCOPE)
endfunction()

kelt_embed(KELT_RUNTIME_TABLE ${PROJECT_SOURCE_DIR}/src/litert/data/runtime_table.csv)
kelt_embed(KELT_RUNTIME_VERSIONS ${PROJECT_SOURCE_DIR}/src/litert/data/runtime_versions.csv)
configure_file(${PROJECT_SOURCE_DIR}/cmake/runtime_table_data.h.in ${KELT_GENERATED}/litert/runtime_table_data.h @ONLY)

kelt_embed(KELT_ERRORS_PAGE ${PROJECT_SOURCE_DIR}/docs/errors.md)
configure_file(${PROJECT_SOURCE_DIR}/cmake/errors_page.h.in ${KELT_GENERATED}/cli/errors_page.h @ONLY)
