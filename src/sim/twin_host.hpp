#pragma once

#include <memory>

#include "sim/home.hpp"

namespace blotter::sim {

/// A process that takes itself for a member that there is already, and is nothing but a member.
class twin_host final : public host {
 public:
  twin_host(context& all, std::string name, grid& in, home_watcher& watcher, std::uint32_t number,
            directory::member self)
      : host(all, std::move(name), milliseconds(50)),
        directory_(in),
        watcher_(watcher),
        number_(number),
        self_(std::move(self)) {}

 private:
  void born() override {
    home_ = std::make_unique<home>(all(), directory_, watcher_, *this, number_, self_,
                                   home::hooks{[] {}, [this] { end_soon(afterwards::gone); }});
  }
  void died() override { home_.reset(); }
  void tick() override { home_->tick(); }
  bool settle() override { return false; }

  grid& directory_;
  home_watcher& watcher_;
  const std::uint32_t number_;
  const directory::member self_;
  std::unique_ptr<home> home_;
};

}  // namespace blotter::sim
