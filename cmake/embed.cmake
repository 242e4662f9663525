# blotter_embed(FOLDER SOURCE): makes SOURCE, a .cpp that carries every file below FOLDER as
# blotter::http::embedded_page(). The assembler takes the bytes in (.incbin), so that a large file costs no time to
# compile; the hash in the text makes the compiler run again when a file changed.
function(blotter_embed folder source)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS LIST_DIRECTORIES false RELATIVE ${folder} ${folder}/*)
  list(FILTER files EXCLUDE REGEX "(^|/)(\\.|node_modules/|package(-lock)?\\.json$)|[._]test\\.[a-z]+$|\\.(ts|tsx|md)$")
  list(SORT files)
  set(assembly "")
  set(declarations "")
  set(entries "")
  set(inputs "")
  set(number 0)
  foreach(file IN LISTS files)
    set(path ${folder}/${file})
    file(SHA256 ${path} hash)
    string(SUBSTRING ${hash} 0 20 hash)
    list(APPEND inputs ${path})
    string(APPEND assembly
      "asm(\".section .rodata\\n.balign 16\\nblotter_file_${number}:\\n.incbin \\\"${path}\\\"\\n\"\n"
      "    \"blotter_file_${number}_end:\\n.byte 0\\n.previous\\n\");  // ${hash}\n")
    string(APPEND declarations "extern const char blotter_file_${number}[];\nextern const char blotter_file_${number}_end[];\n")
    string(APPEND entries
      "    {\"${file}\", {blotter_file_${number}, static_cast<std::size_t>(blotter_file_${number}_end - "
      "blotter_file_${number})}, \"${hash}\"},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  # Configuring again is what notices a changed file: the hashes are taken here.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
  set(text "// Made by cmake/embed.cmake.\n#include <array>\n\n#include \"http/static_files.hpp\"\n\n${assembly}\n")
  string(APPEND text "extern \"C\" {\n${declarations}}\n\nnamespace blotter::http {\n\n"
    "std::span<const embedded_file> embedded_page() {\n"
    "  static const std::array<embedded_file, ${number}> files{{\n${entries}  }};\n  return files;\n}\n\n"
    "}  // namespace blotter::http\n")
  file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY)
endfunction()
