#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "feed/reject.hpp"

namespace blotter::feed {

/// Where a separator that occurs more than once in a key divides it: `a_b_c` at its first `_` into `a` and
/// `b_c`, at its last into `a_b` and `c`.
enum class split { first, last };

/// The form of record keys: literal text around `{client}` and `{row}`, each at most once, in any order, with
/// text between them, as in `{client}_{row}` or `pos/{row}@{client}`.
class key_template {
 public:
  struct parts {
    std::optional<std::string_view> client;  ///< none: the form does not name it
    std::optional<std::string_view> row;
  };

  /// Throws std::invalid_argument, with a sentence for people, when `form` is no such form. An empty one says
  /// nothing about keys.
  key_template(std::string_view form, split where);

  bool empty() const { return !first_ && prefix_.empty(); }
  bool names_client() const { return first_ == part::client || second_ == part::client; }
  bool names_row() const { return first_ == part::row || second_ == part::row; }

  /// The parts of `key`, perhaps empty, which borrow it; none when it does not have the form.
  std::optional<parts> match(std::string_view key) const;

 private:
  enum class part { client, row };

  std::string prefix_, separator_, suffix_;
  std::optional<part> first_, second_;
  split where_;
};

}  // namespace blotter::feed
