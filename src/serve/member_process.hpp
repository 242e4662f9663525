#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "http/client.hpp"
#include "serve/child_process.hpp"

namespace blotter::serve {

/// The figures of a page of metrics: the plain ones, without labels, by name.
std::map<std::string, double, std::less<>> figures_of(std::string_view metrics);

/// One member of a local cluster: its process, and what it says of itself over HTTP. On the main thread.
class member_process {
 public:
  enum class state { starting, loading, ready, silent, leaving, gone };

  /// Starts this same program as `command`. Its log goes to ID.log in `folder`.
  member_process(std::string role, std::string id, std::vector<std::string> command,
                 const std::string& folder);

  /// Takes in what is there; asks it how it is, about once a second. Never waits.
  void look(instant now);
  void signal(int which) { process_.signal(which); }
  void leave();

  const std::string& role() const { return role_; }
  /// http://…; empty until it listens.
  const std::string& address() const { return address_; }
  state is() const { return state_; }
  bool gone() const { return state_ == state::gone; }
  /// The line that a cluster shows of it.
  std::string line() const;
  /// The part of it that does not change with the figures.
  std::string line_without_figures() const;

 private:
  void read_address();
  void begin_asking(instant now);
  void hear(instant now);
  void heard(instant now);
  void take_figures(instant now);
  std::string figures() const;

  const std::string role_;
  const std::string id_;
  const std::string log_;
  child_process process_;
  state state_ = state::starting;
  std::string words_;    ///< of its stdout, as far as no line is whole
  std::string address_;  ///< http://…
  std::string links_;    ///< of routers and nodes
  std::string why_;      ///< of what it is: the reason it gives for not being ready, how it ended
  std::optional<http::client> asking_;
  enum class question { ready, metrics } asked_ = question::ready;
  std::string answer_;
  instant answered_{};  ///< when it last answered
  instant ask_at_{};
  std::map<std::string, double, std::less<>> figures_;
  instant figures_at_{};
  double rows_before_ = 0;
  double rows_per_second_ = 0;
};

std::string_view name_of(member_process::state which);

}  // namespace blotter::serve
