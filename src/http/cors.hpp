#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"

namespace blotter::http {

/// Which pages of other origins a browser lets read our answers. Immutable: shared by all cores.
class cors {
 public:
  /// Origins as browsers send them ("https://desk.example"); "*" is any. None: pages of our own origin only.
  explicit cors(std::vector<std::string> origins);

  /// Header lines for the answer to `asked`, each ended by CR LF; often "".
  std::string lines(const request& asked) const;
  /// The same for an answer to OPTIONS: what a page may send along.
  std::string preflight_lines(const request& asked) const;

 private:
  bool allows(std::string_view origin) const;

  std::vector<std::string> origins_;
  bool any_ = false;
};

}  // namespace blotter::http
