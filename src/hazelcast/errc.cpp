#include "hazelcast/errc.hpp"

namespace blotter::hazelcast {
namespace {

class hazelcast_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "hazelcast"; }
  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::bad_message:
        return "what the member sent is no message of Hazelcast's client protocol";
      case errc::message_too_large:
        return "the member sent a message larger than is taken";
      case errc::refused_credentials:
        return "the member refuses us: check the cluster's name, user and password";
      case errc::refused_client:
        return "the cluster was told not to take us: look at its client filters";
      case errc::other_serialization:
        return "the member serializes values in another version than 1";
      case errc::not_ready:
        return "the member is starting or stopping";
      case errc::other_cluster:
        return "the address leads to a member of another cluster: check the addresses";
      case errc::not_connected:
        return "no member of the cluster can be reached";
      case errc::connection_lost:
        return "the connection was lost before the answer came";
      case errc::timed_out:
        return "no answer came in time";
      case errc::too_many_calls:
        return "too many calls are under way";
      case errc::refused_call:
        return "the member answered with an error";
      case errc::silent:
        return "the member is connected but answers nothing";
      case errc::duplicate:
        return "this member is connected already";
      case errc::left_cluster:
        return "the member has left the cluster";
      case errc::bad_url:
        return "must be hazelcast:// or hazelcasts://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]][/CLUSTER]";
    }
    return "unknown error of Hazelcast";
  }
};

}  // namespace

const boost::system::error_category& category() noexcept {
  static const hazelcast_category only;
  return only;
}

}  // namespace blotter::hazelcast
