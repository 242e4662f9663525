# Files of the page, built by web/page/build.mjs whenever a source of it changed, and compiled into the binary.
set(BLOTTER_PAGE_DIR "" CACHE PATH "Folder of a page to embed as it is; empty: web/page, built")
set(embedded ${CMAKE_BINARY_DIR}/generated/http/embedded_page.cpp)
if(BLOTTER_PAGE_DIR)
  set(page ${BLOTTER_PAGE_DIR})
  file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS LIST_DIRECTORIES false ${page}/*)
  set(build_page ${CMAKE_COMMAND} -E true)
else()
  find_program(BLOTTER_NODE NAMES node nodejs)
  if(NOT BLOTTER_NODE)
    message(FATAL_ERROR "Node.js is missing, with which the page is built: `tools/setup.sh build` installs it")
  endif()
  set(page ${CMAKE_SOURCE_DIR}/web/page/dist)
  file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS LIST_DIRECTORIES false
    ${CMAKE_SOURCE_DIR}/web/page/src/* ${CMAKE_SOURCE_DIR}/web/page/*.js ${CMAKE_SOURCE_DIR}/web/client/src/*)
  list(FILTER page_sources EXCLUDE REGEX "/(node_modules|dist)/")
  list(APPEND page_sources ${CMAKE_SOURCE_DIR}/web/page/build.mjs ${CMAKE_SOURCE_DIR}/web/page/package-lock.json)
  set(build_page ${BLOTTER_NODE} ${CMAKE_SOURCE_DIR}/web/page/build.mjs)
endif()
add_custom_command(
  OUTPUT ${embedded}
  COMMAND ${build_page}
  COMMAND ${CMAKE_COMMAND} -DFOLDER=${page} -DSOURCE=${embedded} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
  COMMAND ${CMAKE_COMMAND} -E touch_nocreate ${embedded}
  DEPENDS ${page_sources} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
  COMMENT "Building the page"
  VERBATIM)
target_sources(blotter_http PRIVATE ${embedded})
