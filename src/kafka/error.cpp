#include "kafka/error.hpp"

#include <string>

namespace blotter::kafka {
namespace {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // Boost's base has none, and nobody deletes a category
class kafka_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "kafka"; }

  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::url_scheme:
        return "a Kafka feed is written kafka://HOST:PORT[,HOST:PORT...]/TOPIC";
      case errc::url_broker:
        return "name at least one broker, and none that is empty: kafka://HOST:PORT/TOPIC";
      case errc::url_host:
        return "a broker's host is a name or an address; write an IPv6 address in brackets: [::1]:9092";
      case errc::url_port:
        return "give every broker its port, 1 to 65535: kafka://HOST:9092/TOPIC";
      case errc::url_topic:
        return "name the topic after the brokers: kafka://HOST:PORT/TOPIC";
      case errc::url_topic_name:
        return "a topic's name has 1 to 249 letters, digits, dots, underscores or hyphens, and is not . or "
               "..";
      case errc::answer_malformed:
        return "the broker's metadata answer cannot be understood";
      case errc::answer_too_long:
        return "the broker's metadata answer is too long";
      case errc::topic_missing:
        return "the topic does not exist";
      case errc::topic_refused:
        return "the broker refuses to describe the topic";
      case errc::no_broker_answers:
        return "no broker takes a connection";
      case errc::closed_unanswered:
        return "the broker closed the connection without an answer";
      case errc::timed_out:
        return "the broker does not answer in time";
      case errc::stopped:
        return "stopped";
    }
    return "unknown";
  }
};
#pragma GCC diagnostic pop

}  // namespace

error_code make_error_code(errc code) {
  static const kafka_category category;
  return {static_cast<int>(code), category};
}

}  // namespace blotter::kafka
