# kelt_room(NAME [DEPS rooms…] [LIBRARIES outside libraries…] [EXECUTABLE name])
#
# One library a room from src/NAME/**/*.cc; x_test.cc go into the test program NAME_test, x_fuzz.cc become fuzz targets,
# main.cc the executable.
function(kelt_room name)
  cmake_parse_arguments(ROOM "" "EXECUTABLE" "DEPS;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(fuzzers ${sources})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|/main)\\.cc$")
  list(TRANSFORM ROOM_DEPS PREPEND kelt_)

  if(sources)
    add_library(kelt_${name} STATIC ${sources})
    target_include_directories(kelt_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(kelt_${name} PUBLIC ${ROOM_DEPS} ${ROOM_LIBRARIES} Threads::Threads PRIVATE kelt_flags)
  else()
    add_library(kelt_${name} INTERFACE)
    target_include_directories(kelt_${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(kelt_${name} INTERFACE ${ROOM_DEPS} ${ROOM_LIBRARIES})
  endif()

  if(ROOM_EXECUTABLE AND EXISTS ${PROJECT_SOURCE_DIR}/src/${name}/main.cc)
    add_executable(${ROOM_EXECUTABLE} ${PROJECT_SOURCE_DIR}/src/${name}/main.cc)
    target_link_libraries(${ROOM_EXECUTABLE} PRIVATE kelt_${name} kelt_flags)
    if(SKBUILD)  # beside the Python package, whose command hands over to it
      install(TARGETS ${ROOM_EXECUTABLE} RUNTIME DESTINATION kelt/bin COMPONENT python)
    else()
      install(TARGETS ${ROOM_EXECUTABLE} RUNTIME)
    endif()
  endif()

  if(KELT_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE kelt_${name} kelt_flags GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE KELT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test)
    set(environment
      KELT_LITERT_LIBRARY=${KELT_LITERT_LIBRARY}
      ASAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/cmake/asan.supp
      LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/cmake/lsan.supp)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${environment}")
  endif()

  if(KELT_FUZZ)
    foreach(fuzzer IN LISTS fuzzers)
      get_filename_component(target ${fuzzer} NAME_WE)
      add_executable(${target} ${fuzzer})
      target_link_libraries(${target} PRIVATE kelt_${name} kelt_flags)
      target_compile_options(${target} PRIVATE -fsanitize=fuzzer)
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()
