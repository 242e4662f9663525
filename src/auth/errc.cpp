#include "auth/errc.hpp"

#include <string>

namespace blotter::auth {

namespace {

class auth_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "auth"; }
  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::ticket_malformed:
        return "the ticket is none: ask for a place anew";
      case errc::ticket_forged:
        return "the ticket was signed by somebody else: ask for a place anew";
      case errc::ticket_expired:
        return "the ticket's time is over: ask for a place anew";
      case errc::ticket_other_client:
        return "the ticket is for another client";
      case errc::ticket_other_node:
        return "the ticket is for another node: ask for a place anew";
      case errc::no_key:
        return "no key in it: it needs a line of at least 32 characters, as `openssl rand -base64 33` prints "
               "it";
      case errc::key_too_short:
        return "a key of less than 32 characters: make one with `openssl rand -base64 33`";
      case errc::too_many_keys:
        return "more than 4 keys: the first signs, others are only there until it has taken their place";
    }
    return "unknown error of authentication";
  }
};

}  // namespace

const boost::system::error_category& category() noexcept {
  static const auth_category only;
  return only;
}

}  // namespace blotter::auth
