#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/watch_view.hpp"
#include "config/settings.hpp"
#include "http/client.hpp"

/// `blotter watch`: a viewer in the terminal.
namespace blotter::app {

enum class watch_output : std::uint8_t { screen, plain, json };

struct watch_options {
  http::client_url url;  ///< of the server; its path, if any, is a prefix of /v1/clients/…
  std::string client;
  std::string bookmark;  ///< where to begin; empty: with all rows
  watch_output output = watch_output::plain;
  bool once = false;  ///< ends once the rows are whole, current and verified, which is when it writes
  milliseconds timeout{10'000};                    ///< of `once`: how long that may take
  std::uint64_t seed = 0;                          ///< of the waits before reconnecting
  std::function<void(std::string_view)> write;     ///< takes what goes to stdout
  std::function<void(std::string_view)> complain;  ///< of `once`: takes what goes to stderr, a line each
  std::function<bool()> stop;                      ///< asked at least every 100 ms
  std::function<screen_size()> size;               ///< for `screen`, asked at each drawing
};

/// Follows the client until `stop`, or until the server says that there is no use in coming back. Resumes by
/// itself when the stream ends, breaks, is silent for 2.5 beats, or turns out to be wrong. Returns the exit
/// code: 0 when it was stopped or, with `once`, has written the table; 1 when the server refused or, with
/// `once`, the time was over.
int watch(const watch_options& options);

/// The settings of `blotter watch`, besides those that every role has.
std::vector<config::setting> watch_settings();

/// The subcommand: output by what stdout is, ended by SIGINT or SIGTERM.
int run_watch(const config::settings& s);

}  // namespace blotter::app
