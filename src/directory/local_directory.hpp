#pragma once

#include <map>
#include <vector>

#include "directory/directory.hpp"

namespace blotter::directory {

/// The directory of a cluster that is one process: it ends with its members, so none can be lost without
/// leaving. Listeners hear each change before the call that made it returns; they may call the directory, and
/// hear of that after what they are hearing. Bounded by the members of the process.
class local_directory final : public directory {
 public:
  [[nodiscard]] result<void> join(const member& self) override;
  [[nodiscard]] result<void> report(const member_id& self, const load_report& load) override;
  [[nodiscard]] result<void> enter(const member_id& self, stage next) override;
  void leave(const member_id& self) override;

  std::vector<member> members() const override;

  void add_listener(listener& who) override;
  void remove_listener(listener& who) override;

 private:
  void tell(event what);

  std::map<member_id, member> members_;
  std::vector<listener*> listeners_;  // null: removed while an event was being told
  std::vector<event> untold_;         // while telling: what listeners themselves brought about
  bool telling_ = false;
};

}  // namespace blotter::directory
