# Warnings are errors, for our own code only: the flags ride on kelt_flags, which every room links.
add_library(kelt_flags INTERFACE)
target_compile_options(kelt_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers -Werror)
foreach(sanitizer IN LISTS KELT_SANITIZE)
  target_compile_options(kelt_flags INTERFACE -fsanitize=${sanitizer} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(kelt_flags INTERFACE -fsanitize=${sanitizer})
endforeach()
