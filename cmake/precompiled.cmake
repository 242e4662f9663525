# Two precompiled headers that targets share: the network's (Asio and Beast cost each file that includes them some five
# seconds) and GoogleTest's. The sanitizer builds go without, so that a file which forgets an include fails there.
option(BLOTTER_PRECOMPILE "Use precompiled headers" ON)
if(BLOTTER_SANITIZE)
  set(BLOTTER_PRECOMPILE OFF)
endif()

function(blotter_precompiled_header name)
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp)
  target_compile_options(${name} PRIVATE ${BLOTTER_FLAGS})
  target_link_libraries(${name} PRIVATE spdlog::spdlog)  # every module has its definitions, through base
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

if(BLOTTER_PRECOMPILE)
  add_compile_options(-fpch-preprocess)  # or ccache cannot see through them
  # With the definitions under which net compiles Asio; a precompiled header is refused where they differ.
  blotter_precompiled_header(precompiled_network <boost/asio.hpp> <boost/beast/core.hpp> <boost/beast/http.hpp>)
  target_link_libraries(precompiled_network PRIVATE blotter_net)
  if(BLOTTER_TESTS)
    blotter_precompiled_header(precompiled_test <gtest/gtest.h> <gmock/gmock.h>)
    target_link_libraries(precompiled_test PRIVATE GTest::gmock)
  endif()
endif()

# Gives `target` of a module with technologies `outside` the header that saves it most: the network's, or else the one
# named last. A module that brings its own keeps it.
function(blotter_precompile target outside)
  get_target_property(own ${target} PRECOMPILE_HEADERS)
  if(own OR NOT BLOTTER_PRECOMPILE)
    return()
  elseif("boost" IN_LIST outside)
    target_precompile_headers(${target} REUSE_FROM precompiled_network)
  elseif(ARGN)
    target_precompile_headers(${target} REUSE_FROM ${ARGN})
  endif()
endfunction()
