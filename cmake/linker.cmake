# mold links the tests in a fraction of the time, where it is installed.
find_program(KELT_MOLD mold)
if(KELT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
