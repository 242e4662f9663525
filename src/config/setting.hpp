#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"

/// One typed table of settings: what there is, what it may be, and what it is for. Everything else is made
/// from it: reading flags, environment and file, refusing what is wrong, and the manual. Used at start-up, on
/// one thread.
namespace blotter::config {

/// Says what is wrong with a text, or nothing: for what only the owner of a setting can judge.
using refusal = std::optional<std::string> (*)(std::string_view text);

struct text_type {
  std::string fallback;      ///< the default
  std::string form;          ///< for people: what a value looks like, "ADDRESS:PORT"
  refusal refuse = nullptr;  ///< null: any text will do
};
struct integer_type {
  std::int64_t fallback = 0, min = 0, max = 0;
  std::string unit;  ///< for people: "rows"; may be empty
};
struct real_type {
  double fallback = 0, min = 0, max = 0;
  std::string unit;
};
/// Written with its unit: 250ms, 1.5s, 2m, 1h. 0 needs none.
struct duration_type {
  milliseconds fallback{}, min{}, max{};
};
/// Written 65536, 64KiB, 1.5MiB, 1GiB. In bytes.
struct size_type {
  std::uint64_t fallback = 0, min = 0, max = 0;
};
struct choice_type {
  std::string fallback;
  std::vector<std::string> choices;
};
struct boolean_type {
  bool fallback = false;
};
/// Texts in order; empty by default. As a flag it may be repeated; in one text its items stand between
/// separators; in a file it is an array, whose items may hold the separator too.
struct list_type {
  char separator = ',';
  std::string form;          ///< of one item
  refusal refuse = nullptr;  ///< of one item
};

using type = std::variant<text_type, integer_type, real_type, duration_type, size_type, choice_type,
                          boolean_type, list_type>;
using value = std::variant<std::string, std::int64_t, double, milliseconds, std::uint64_t, bool,
                           std::vector<std::string>>;

struct setting {
  std::string name;                ///< lower-case words between dashes
  std::vector<std::string> roles;  ///< who knows it
  type is;
  std::string text;         ///< sentences for people: what it does, when to touch it
  bool positional = false;  ///< given without its name: `blotter watch URL`; then it must be given
};

/// A subcommand, for the manual.
struct role {
  std::string name;
  std::string summary;   ///< half a sentence
  std::string usage;     ///< what follows `blotter NAME`
  std::string examples;  ///< lines to copy, each with a comment above
  std::string text;      ///< more, if there is more to say
};

struct table {
  std::vector<role> roles;
  std::vector<setting> settings;

  /// Null when there is none. Pointers live as long as the table.
  const setting* find(std::string_view name) const;
  const role* find_role(std::string_view name) const;
};

bool belongs(const setting& one, std::string_view role);

/// How a setting is called in the environment: `send-buffer` is BLOTTER_SEND_BUFFER.
std::string environment_name(std::string_view setting_name);
inline constexpr std::string_view environment_prefix = "BLOTTER_";

/// The one of `names` that was probably meant by `name`, or empty: by the number of letters to change, add,
/// drop or swap, at most a third of them.
std::string nearest(std::string_view name, const std::vector<std::string>& names);

}  // namespace blotter::config
