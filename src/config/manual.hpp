#pragma once

#include <string>
#include <string_view>

#include "config/setting.hpp"

/// The manual, made from the table of settings: it cannot tell anything else than the program does.
namespace blotter::config {

/// `blotter help ROLE`: examples first, then every setting of the role with its range and default.
std::string role_manual(const table& all, const role& which);

/// `blotter help SETTING`: what it does, and how it is written in each place.
std::string setting_manual(const setting& which);

/// Everything that `topic` (a role, a setting, a flag `--x`, or a variable `BLOTTER_X`) stands for. For an
/// unknown topic throws `refused` with the nearest known one.
std::string manual(const table& all, std::string_view topic);

/// `text` in lines of at most `width` letters, each after `indent` blanks. Line breaks in it stay.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 96);

/// ASCII letters in upper case.
std::string upper(std::string_view name);

}  // namespace blotter::config
