# One list of warnings for everything that is ours; warnings are errors.
set(BLOTTER_FLAGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

set(BLOTTER_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, empty for none")
set(BLOTTER_TEST_SECONDS_MAX 300)  # a test program that runs longer hangs
if(BLOTTER_SANITIZE)
  set(BLOTTER_TEST_SECONDS_MAX 1500)  # the thread sanitizer slows some down fifteenfold
  add_compile_options(-fsanitize=${BLOTTER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BLOTTER_SANITIZE})
  # Both are about Boost's headers: fences that the thread sanitizer does not see, and values that GCC 12 only takes
  # for uninitialized when instrumented.
  add_compile_options(-Wno-tsan)
  list(APPEND BLOTTER_FLAGS -Wno-maybe-uninitialized)
endif()
if(BLOTTER_SANITIZE STREQUAL thread)
  add_library(tsan_threads STATIC ${CMAKE_SOURCE_DIR}/cmake/tsan_threads.cpp)
  target_link_options(tsan_threads INTERFACE -Wl,-u,thrd_create)
endif()

option(BLOTTER_FUZZ "Build the fuzzers; needs clang, see tools/fuzz.sh" OFF)
if(BLOTTER_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  set(BLOTTER_FLAGS "")  # warnings are GCC's business; clang has others
  add_custom_target(fuzzers)
endif()

# Asio's own code is compiled once, in src/net/asio.cpp, instead of inline in every file that includes it.
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
