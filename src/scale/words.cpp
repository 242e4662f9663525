#include "scale/words.hpp"

#include <cstdarg>
#include <cstdio>

namespace blotter::scale {

std::string words(const char* form, ...) {
  char text[400] = "";
  std::va_list more;
  va_start(more, form);
  std::vsnprintf(text, sizeof text, form, more);
  va_end(more);
  return text;
}

}  // namespace blotter::scale
