#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "feed/reject.hpp"

namespace simdjson::internal {
class dom_parser_implementation;
}

namespace blotter::feed {

/// Reads one JSON text, checks all of it (RFC 8259 and UTF-8), and lists the fields of the object it is.
/// Reused for any number of texts, one at a time; allocates only when a text is larger than any before.
///
/// simdjson finds the tokens and checks UTF-8 and strings (its stage 1); the grammar over them is checked
/// here rather than by its document, which converts every number (and refuses those beyond 64 bits, though
/// they are JSON), takes twice the time, and forgets where in the text a field stood.
class json_object {
 public:
  static constexpr std::size_t fields_max = 1000;
  static constexpr std::size_t text_max = (1 << 20) + 16 * 1024;

  struct field {
    std::string_view name;  ///< unescaped
    std::string_view
        raw;  ///< the value as it stands in the text: a whole token, object or array; never empty
  };

  json_object();
  ~json_object();

  /// Why `text`, of at most `text_max` bytes, is no object of at most `fields_max` different fields nested at
  /// most `depth_max` (1 to 65) levels deep; nothing when it is one. The `padding` bytes behind it must be
  /// readable.
  std::optional<reject_reason> read(std::string_view text, unsigned depth_max);
  static const std::size_t padding;

  /// Fields in their order in the text; borrows the text and, for names with escapes, this reader, until its
  /// next use.
  std::span<const field> fields() const { return fields_; }
  /// None when there is no field of this name.
  const field* find(std::string_view name) const;
  /// Levels of nesting of the text read: 1 for a flat object.
  unsigned depth() const { return depth_; }

  /// What the string token `raw` of a text that was read says. Borrows the text, or this reader when it has
  /// escapes.
  std::string_view unescaped(std::string_view raw);

 private:
  class walk;
  friend class walk;

  bool tokenize(std::string_view text, reject_reason& why);
  std::optional<reject_reason> find_duplicate();
  bool unescape(std::string_view inner, std::string_view& out);

  std::unique_ptr<simdjson::internal::dom_parser_implementation> tokens_;
  std::vector<field> fields_;
  std::vector<std::string_view> sorted_names_;
  std::unique_ptr<char[]> unescaped_;  // as long as a text can be: what is unescaped only gets shorter
  std::size_t unescaped_size_ = 0;
  std::size_t unescaped_capacity_ = 0;
  unsigned depth_ = 0;
};

}  // namespace blotter::feed
