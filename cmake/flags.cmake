# One list of warnings for everything that is ours; warnings are errors.
set(BLOTTER_FLAGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
                  -Wimplicit-fallthrough -Werror)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

set(BLOTTER_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, empty for none")
if(BLOTTER_SANITIZE)
  add_compile_options(-fsanitize=${BLOTTER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BLOTTER_SANITIZE})
  # Both are about Boost's headers: fences that the thread sanitizer does not see, and values that GCC 12 only takes
  # for uninitialized when instrumented.
  add_compile_options(-Wno-tsan -Wno-maybe-uninitialized)
endif()
