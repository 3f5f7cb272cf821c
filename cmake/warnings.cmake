# Warnings are errors, for our own code only: the flags ride on kelt_flags, which every room links.
add_library(kelt_flags INTERFACE)
target_compile_options(kelt_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers
  # GCC 12 sees uninitialised and overlapping bytes in std::variant and std::string where there are none.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${KELT_WERROR}>:-Werror>)
foreach(sanitizer IN LISTS KELT_SANITIZE)
  # -g1: their reports name functions and lines; what a debugger wants besides is a seventh of the time of a build.
  target_compile_options(kelt_flags INTERFACE -fsanitize=${sanitizer} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  target_link_options(kelt_flags INTERFACE -fsanitize=${sanitizer})
endforeach()
if(KELT_FUZZ)  # the fuzzer steers by what the rooms do, not only by its own file
  target_compile_options(kelt_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
# libstdc++ 12 uses its own deprecated functions inside std::stable_sort, and clang reports them at our call.
target_compile_options(kelt_flags INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
