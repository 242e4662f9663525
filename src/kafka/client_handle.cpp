#include "kafka/client_handle.hpp"

#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

namespace blotter::kafka {
namespace {

struct destroy_conf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

client_listener& listener_of(void* opaque) {
  return *static_cast<client_listener*>(opaque);
}

void on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
  listener_of(opaque).on_error(static_cast<rd_kafka_resp_err_t>(code), reason);
}

void on_log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  listener_of(rd_kafka_opaque(handle)).on_log(level, std::string(facility) + ": " + text);
}

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  listener_of(opaque).on_delivery(*message);
}

}  // namespace

client_handle::client_handle(rd_kafka_type_t type, const std::vector<property>& properties,
                             client_listener& listener) {
  std::unique_ptr<rd_kafka_conf_t, destroy_conf> conf(rd_kafka_conf_new());
  char why[512];
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) {
      throw std::runtime_error("Kafka property " + name + "=" + value + ": " + why);
    }
  }
  // Through the queue, so that the library's threads never call us.
  rd_kafka_conf_set(conf.get(), "log.queue", "true", nullptr, 0);
  rd_kafka_conf_set_opaque(conf.get(), &listener);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  handle_.reset(rd_kafka_new(type, conf.get(), why, sizeof why));
  if (!handle_) throw std::runtime_error(std::string("Kafka client: ") + why);
  static_cast<void>(conf.release());  // the handle owns it now
  rd_kafka_set_log_queue(handle_.get(), nullptr);
}

void client_handle::destroy::operator()(rd_kafka_t* handle) const {
  std::promise<void> promise;
  const auto done = promise.get_future();
  std::thread destroyer([handle, promise = std::move(promise)]() mutable {
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    promise.set_value();
  });
  if (done.wait_for(std::chrono::milliseconds(500)) == std::future_status::ready) {
    destroyer.join();
  } else {
    destroyer.detach();
  }
}

}  // namespace blotter::kafka
