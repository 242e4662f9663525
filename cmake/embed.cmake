# Run as a script, makes SOURCE, a .cpp that carries every file below FOLDER as blotter::http::embedded_page():
#   cmake -DFOLDER=… -DSOURCE=… -P embed.cmake
# The assembler takes the bytes in (.incbin), so that a large file costs no time to compile; the hash in the text makes
# the compiler run again when a file changed.
file(GLOB_RECURSE files LIST_DIRECTORIES false RELATIVE ${FOLDER} ${FOLDER}/*)
list(FILTER files EXCLUDE REGEX "(^|/)(\\.|node_modules/|package(-lock)?\\.json$)|[._]test\\.[a-z]+$|\\.(ts|tsx|md)$")
list(SORT files)
set(assembly "")
set(declarations "")
set(entries "")
set(number 0)
foreach(file IN LISTS files)
  set(path ${FOLDER}/${file})
  file(SHA256 ${path} hash)
  string(SUBSTRING ${hash} 0 20 hash)
  string(APPEND assembly
    "asm(\".section .rodata\\n.balign 16\\nblotter_file_${number}:\\n.incbin \\\"${path}\\\"\\n\"\n"
    "    \"blotter_file_${number}_end:\\n.byte 0\\n.previous\\n\");  // ${hash}\n")
  string(APPEND declarations "extern const char blotter_file_${number}[];\nextern const char blotter_file_${number}_end[];\n")
  string(APPEND entries
    "    {\"${file}\", {blotter_file_${number}, static_cast<std::size_t>(blotter_file_${number}_end - "
    "blotter_file_${number})}, \"${hash}\"},\n")
  math(EXPR number "${number} + 1")
endforeach()
set(text "// Made by cmake/embed.cmake.\n#include <array>\n\n#include \"http/static_files.hpp\"\n\n${assembly}\n")
string(APPEND text "extern \"C\" {\n${declarations}}\n\nnamespace blotter::http {\n\n"
  "std::span<const embedded_file> embedded_page() {\n"
  "  static const std::array<embedded_file, ${number}> files{{\n${entries}  }};\n  return files;\n}\n\n"
  "}  // namespace blotter::http\n")

file(CONFIGURE OUTPUT ${SOURCE} CONTENT "${text}" @ONLY)
