# The layering check, a part of every build: no library compiles before the tree keeps to its module table.
# The system's own Python, whatever else is first in the path.
find_program(BLOTTER_PYTHON python3 HINTS /usr/bin REQUIRED)

file(GLOB_RECURSE BLOTTER_ALL_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.hpp ${CMAKE_SOURCE_DIR}/src/*.cpp
     ${CMAKE_SOURCE_DIR}/src/*.h)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/layers.stamp
  COMMAND ${BLOTTER_PYTHON} ${CMAKE_SOURCE_DIR}/tools/check_layers.py --stamp ${CMAKE_BINARY_DIR}/layers.stamp
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/check_layers.py ${CMAKE_SOURCE_DIR}/src/modules.txt ${BLOTTER_ALL_SOURCES}
  COMMENT "Checking the layering"
  VERBATIM)
add_custom_target(layers DEPENDS ${CMAKE_BINARY_DIR}/layers.stamp)

if(BLOTTER_TESTS)
  add_test(NAME layers COMMAND ${BLOTTER_PYTHON} ${CMAKE_SOURCE_DIR}/tools/check_layers.py)
  add_test(NAME layers_refusals COMMAND ${BLOTTER_PYTHON} ${CMAKE_SOURCE_DIR}/tools/check_layers_test.py)
  add_test(NAME format COMMAND ${CMAKE_SOURCE_DIR}/tools/check_format.sh --all)
  set_tests_properties(format PROPERTIES SKIP_RETURN_CODE 77)
endif()
