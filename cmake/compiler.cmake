# Ends the configuration with the line that installs what the system lacks, by the names of Debian's packages.
function(kelt_missing_packages)
  list(JOIN ARGN " " packages)
  message(FATAL_ERROR
    "kelt is compiled from C++, for which this system lacks: ${packages}\n"
    "  On Debian and Ubuntu, as root: apt-get install ${packages}\n"
    "  Elsewhere install the packages of the same libraries, then run this again.")
endfunction()

# CMake's own message about a missing compiler names no package.
if(NOT CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX})
  find_program(KELT_CXX NAMES c++ g++ clang++ NO_CACHE)
  if(NOT KELT_CXX)
    kelt_missing_packages(g++ nlohmann-json3-dev libcli11-dev libminizip-dev zlib1g-dev)
  endif()
endif()
