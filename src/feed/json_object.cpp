#include "feed/json_object.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.hpp"

namespace blotter::feed {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// RFC 8259, section 6, over the whole of `text`, which is not empty.
bool is_number(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  auto digits = [&at, end] {
    const char* const first = at;
    while (at != end && is_digit(*at)) ++at;
    return at != first;
  };
  if (*at == '-') ++at;
  if (at != end && *at == '0') {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at != end && *at == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!digits()) return false;
  }
  return at == end;
}

bool is_scalar(std::string_view text) {
  switch (text.front()) {
    case 't':
      return text == "true";
    case 'f':
      return text == "false";
    case 'n':
      return text == "null";
    default:
      return is_number(text);
  }
}

}  // namespace

const std::size_t json_object::padding = simdjson::SIMDJSON_PADDING;

/// One pass over the tokens that stage 1 found. They are where a bracket, a colon, a comma or the first byte
/// of a string or scalar stands; so between a token's end and the next one there are only blanks.
class json_object::walk {
 public:
  walk(json_object& owner, std::string_view text, unsigned depth_max, bool escapes)
      : owner_(owner),
        text_(text.data()),
        next_(owner.tokens_->structural_indexes.get()),
        end_(next_ + owner.tokens_->n_structural_indexes),
        depth_max_(depth_max),
        escapes_(escapes) {}

  std::optional<reject_reason> run() {
    const bool is_object = text_[*next_] == '{';
    if (!value()) return why_;
    while (depth_ > 0) {
      if (!step()) return why_;
    }
    if (next_ != end_) return reject_reason::not_json;
    if (!is_object) return reject_reason::not_object;
    return std::nullopt;
  }

 private:
  enum class inside : char { array, object };

  /// After a value inside a container: the comma and what follows it, or the container's end.
  bool step() {
    if (next_ == end_) return false;
    if (depth_ == 1 && inside_[0] == inside::object) end_field();
    const inside where = inside_[depth_ - 1];
    const char c = text_[*next_++];
    if (c == ',') return where == inside::array ? value() : name_and_value();
    if (c != (where == inside::array ? ']' : '}')) return false;
    --depth_;
    return true;
  }

  /// A scalar or string as a whole; of a container everything up to the end of its first value.
  bool value() {
    if (next_ == end_) return false;
    const std::uint32_t start = *next_++;
    switch (text_[start]) {
      case '{':
        return open(inside::object, '}');
      case '[':
        return open(inside::array, ']');
      case '"':
        return string(start);
      default:
        return is_scalar(token(start));
    }
  }

  bool open(inside what, char end) {
    if (depth_ == depth_max_) return refuse(reject_reason::too_deep);
    inside_[depth_++] = what;
    owner_.depth_ = std::max(owner_.depth_, depth_);
    if (next_ == end_) return false;
    if (text_[*next_] == end) {
      ++next_;
      --depth_;
      return true;
    }
    return what == inside::object ? name_and_value() : value();
  }

  bool name_and_value() {
    if (next_ == end_) return false;
    const std::uint32_t start = *next_++;
    if (text_[start] != '"' || !string(start)) return false;
    if (depth_ == 1 && !begin_field(start)) return false;
    if (next_ == end_ || text_[*next_++] != ':') return false;
    if (depth_ == 1 && next_ != end_) value_start_ = *next_;
    return value();
  }

  bool begin_field(std::uint32_t start) {
    if (owner_.fields_.size() == fields_max) return refuse(reject_reason::too_many_fields);
    std::string_view name = token(start).substr(1);
    name.remove_suffix(1);
    if (escapes_ && name.find('\\') != name.npos) name = owner_.unescaped(token(start));
    owner_.fields_.push_back({name, {}});
    return true;
  }
  void end_field() { owner_.fields_.back().raw = token(value_start_); }

  bool string(std::uint32_t start) {
    const std::string_view whole = token(start);
    if (whole.size() < 2 || whole.back() != '"') return false;
    if (!escapes_) return true;
    std::string_view ignored;
    return owner_.unescape(whole.substr(1), ignored);
  }

  /// From `start` to the last byte before the next token that is no blank.
  std::string_view token(std::uint32_t start) const {
    std::uint32_t end = *next_;  // behind the last token stands the length of the text
    while (is_blank(text_[end - 1])) --end;
    return {text_ + start, end - start};
  }

  bool refuse(reject_reason why) {
    why_ = why;
    return false;
  }

  json_object& owner_;
  const char* text_;
  const std::uint32_t* next_;
  const std::uint32_t* end_;
  unsigned depth_max_;
  bool escapes_;
  unsigned depth_ = 0;
  std::uint32_t value_start_ = 0;
  reject_reason why_ = reject_reason::not_json;
  std::array<inside, 65> inside_;
};

json_object::json_object() {
  const auto error =
      simdjson::get_active_implementation()->create_dom_parser_implementation(16 * 1024, 1, tokens_);
  check(error == simdjson::SUCCESS);
  fields_.reserve(fields_max);
}

json_object::~json_object() = default;

std::optional<reject_reason> json_object::read(std::string_view text, unsigned depth_max) {
  check(text.size() <= text_max && depth_max <= 65);
  fields_.clear();
  unescaped_size_ = 0;
  depth_ = 0;
  reject_reason why{};
  if (!tokenize(text, why)) return why;
  const bool escapes = std::memchr(text.data(), '\\', text.size()) != nullptr;
  // Twice: once for the names, once for strings that are asked for. And what simdjson may write past an end.
  if (const std::size_t most = 2 * text.size() + 2 * padding; escapes && unescaped_capacity_ < most) {
    unescaped_ = std::make_unique_for_overwrite<char[]>(most);
    unescaped_capacity_ = most;
  }
  if (const auto refused = walk(*this, text, depth_max, escapes).run()) return refused;
  return find_duplicate();
}

bool json_object::tokenize(std::string_view text, reject_reason& why) {
  why = text.empty() ? reject_reason::empty_value : reject_reason::not_json;
  if (text.empty()) return false;
  if (tokens_->capacity() < text.size()) {
    const auto error = tokens_->set_capacity(std::min(text_max, 2 * text.size()));
    check(error == simdjson::SUCCESS);
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto error = tokens_->stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  if (error == simdjson::UTF8_ERROR) why = reject_reason::not_utf8;
  return error == simdjson::SUCCESS;
}

const json_object::field* json_object::find(std::string_view name) const {
  for (const field& each : fields_) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

// Few names are compared with each other, but only those that share a bit of a tiny filter; many are sorted,
// so that a record of a thousand fields costs no million comparisons.
std::optional<reject_reason> json_object::find_duplicate() {
  constexpr std::size_t few = 32;
  if (fields_.size() > few) {
    sorted_names_.clear();
    for (const field& each : fields_) sorted_names_.push_back(each.name);
    std::sort(sorted_names_.begin(), sorted_names_.end());
    const auto found = std::adjacent_find(sorted_names_.begin(), sorted_names_.end());
    return found == sorted_names_.end() ? std::nullopt : std::optional(reject_reason::duplicate_field);
  }
  std::uint64_t seen = 0;
  for (auto each = fields_.begin(); each != fields_.end(); ++each) {
    const std::string_view name = each->name;
    const std::size_t mix = name.empty() ? 0
                                         : name.size() * 7 + static_cast<unsigned char>(name.front()) * 5u +
                                               static_cast<unsigned char>(name.back());
    const std::uint64_t bit = std::uint64_t{1} << (mix % 64);
    if ((seen & bit) != 0 &&
        std::any_of(fields_.begin(), each, [name](const field& other) { return other.name == name; }))
      return reject_reason::duplicate_field;
    seen |= bit;
  }
  return std::nullopt;
}

/// `inner` is a string token without its opening quote. What is written stays free to be written again.
bool json_object::unescape(std::string_view inner, std::string_view& out) {
  check(unescaped_size_ + inner.size() + padding <= unescaped_capacity_);
  auto* const to = reinterpret_cast<std::uint8_t*>(unescaped_.get() + unescaped_size_);
  const auto* const from = reinterpret_cast<const std::uint8_t*>(inner.data());
  const std::uint8_t* const end = tokens_->parse_string(from, to);
  if (!end) return false;
  out = {reinterpret_cast<const char*>(to), static_cast<std::size_t>(end - to)};
  return true;
}

std::string_view json_object::unescaped(std::string_view raw) {
  const std::string_view plain = raw.substr(1, raw.size() - 2);
  if (plain.find('\\') == plain.npos) return plain;
  std::string_view out;
  check(unescape(raw.substr(1), out));  // it was checked when it was read
  unescaped_size_ += out.size();
  return out;
}

}  // namespace blotter::feed
