#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Rows as cells under the names of columns: what both the screen and the table of `blotter watch` are made
/// of. Pure. No text here holds anything that a terminal would obey.
namespace blotter::app {

/// Letters as a terminal counts most of them: code points.
std::size_t letters(std::string_view text);
/// At most `most` letters.
std::string clipped(std::string_view text, std::size_t most);
/// The same, and a sign at its end that there was more.
std::string shortened(std::string_view text, std::size_t most);

/// `text` in one line: what a terminal would obey is escaped.
std::string printable(std::string_view text);
/// The same of JSON, which stays the same JSON: only its texts may hold what is escaped here.
std::string printable_json(std::string_view json);

struct cell {
  std::string text;
  bool number = false;
};

/// The fields of all rows in the order in which they were met, the key first; at most so many.
class column_names {
 public:
  explicit column_names(std::size_t most) : most_(most), names_{"key"} {}

  /// Where a field's column is; nothing when there is no room for another.
  std::optional<std::size_t> place(const std::string& field);
  std::size_t size() const { return names_.size(); }
  const std::string& name(std::size_t column) const { return names_[column]; }
  /// Whether a field found no room.
  bool overflowed() const { return overflowed_; }

 private:
  std::size_t most_;
  bool overflowed_ = false;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

/// Key and fields of one row, each of at most `letters_max` letters; fields it has not are empty, also at its
/// end. New fields become columns.
std::vector<cell> cells_of(const std::string& key, const std::string& json, column_names& columns,
                           std::size_t letters_max);

/// `one` in so many letters, numbers at the right.
std::string padded(const cell& one, std::size_t width);

}  // namespace blotter::app
