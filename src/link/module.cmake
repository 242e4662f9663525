# The frames' code, made from their schema by FlatBuffers' compiler. Headers alone are used of FlatBuffers.
find_program(BLOTTER_FLATC flatc)
if(NOT BLOTTER_FLATC)
  message(FATAL_ERROR "flatc is missing, which makes the link's frames: `tools/setup.sh build` installs it")
endif()
set(link_wire ${CMAKE_BINARY_DIR}/generated/link/link_generated.h)
add_custom_command(
  OUTPUT ${link_wire}
  COMMAND ${BLOTTER_FLATC} --cpp --cpp-std c++17 --scoped-enums -o ${CMAKE_BINARY_DIR}/generated/link
          ${CMAKE_SOURCE_DIR}/src/link/link.fbs
  DEPENDS ${CMAKE_SOURCE_DIR}/src/link/link.fbs
  COMMENT "Making the link's frames"
  VERBATIM)
target_sources(blotter_link PRIVATE ${link_wire})
