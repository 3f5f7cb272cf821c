# mold links the tests in a fraction of the time, where it is installed.
include(CheckLinkerFlag)
if(KELT_TESTS)
  check_linker_flag(CXX -fuse-ld=mold KELT_MOLD)
endif()
if(KELT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
