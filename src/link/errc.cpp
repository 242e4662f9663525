#include "link/errc.hpp"

#include <string>

namespace blotter::link {

namespace {

/// Sentences for people, that say what to do.
const char* sentence(errc code) {
  switch (code) {
    case errc::not_a_link:
      return "what came is not our link: the port is for processes of the cluster alone; check the address";
    case errc::http_request:
      return "an HTTP request came to the link port: browsers are served at an --http port";
    case errc::tls_request:
      return "the peer speaks TLS and this end does not: give both ends certificates, or neither";
    case errc::frame_too_large:
      return "a frame is larger than may be, or of an odd size: the peer is not of our kind, or defective";
    case errc::malformed:
      return "a frame is ill-formed: the peer is not of our kind, or bytes were lost on the way";
    case errc::unknown_message:
      return "a message is of a kind not known here: run the same version on both ends";
    case errc::wrong_direction:
      return "a message came from the wrong end: two processes of one role were linked; check the address";
    case errc::out_of_bounds:
      return "a message has a value that is not allowed: the peer is not of our kind, or defective";
    case errc::hello_expected:
      return "a link begins with one hello and has no other: the peer is not of our kind, or defective";
    case errc::unknown_echo:
      return "a heartbeat was answered that was never sent: the peer is defective";
    case errc::other_version:
      return "the ends speak different versions of the link: upgrade the older one";
    case errc::other_cluster:
      return "the ends belong to different clusters: start both with the same cluster name";
    case errc::other_role:
      return "the peer has a role that does not belong at this end: a link joins a node to a router or a "
             "gateway";
    case errc::other_member:
      return "another member answers at this address: the directory is out of date, or two share an address";
    case errc::same_member:
      return "both ends have the same member name: give every process a name of its own";
    case errc::other_topic:
      return "the ends are of different topics: give each topic a directory of its own";
    case errc::handshake_timeout:
      return "the peer said no hello in time: it is overloaded, stopped, or not of our kind";
    case errc::silent:
      return "nothing was heard from the peer for too long: it is stopped, or cut off";
    case errc::not_reading:
      return "the peer does not read or does not answer: it is stopped, overloaded, or cut off";
    case errc::queue_full:
      return "more waits for the peer than may: it reads too slowly for what it asks";
    case errc::message_too_large:
      return "a message does not fit a frame: the feed has more partitions than a link can speak of";
    case errc::refused_by_peer:
      return "the peer refused the link";
    case errc::closed_by_peer:
      return "the peer closed the link";
    case errc::closed_by_us:
      return "the link was closed at this end";
  }
  return "unknown error of a link";
}

class link_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "link"; }
  std::string message(int code) const override { return sentence(static_cast<errc>(code)); }
};

}  // namespace

const boost::system::error_category& category() noexcept {
  static const link_category only;
  return only;
}

}  // namespace blotter::link
